/** Somebody whom an admin gave a link sets a new password. */

import { useState } from "react";

import { api, must } from "../../api/client";
import { go, secret } from "../../live/place";
import { session, signOut } from "../../live/session";
import { Form, FormProblem, SecretField, Submit, useSending } from "../form";
import { Gate } from "./gate";

export function NewPassword() {
  const [password, setPassword] = useState("");
  const [done, setDone] = useState(false);
  const key = secret();
  const sending = useSending(async () => {
    await must(api.POST("/api/password-link", { body: { secret: key, password } }));
    setDone(true);
  });
  const on = async () => {
    // The new password may be somebody else's than whoever is signed in here.
    if (session.get().state === "in") await signOut();
    go({ name: "sign-in" }, true);
  };
  if (!key) {
    return (
      <Gate title="Set a new password" lead="This needs the whole link that an admin made for you, with everything behind its `#`.">
        <button type="button" className="button wide" onClick={() => go({ name: "home" }, true)}>
          Go to Mosaic
        </button>
      </Gate>
    );
  }
  if (done) {
    return (
      <Gate title="Your password is set" lead="All your sessions have ended. Sign in with it to go on.">
        <button type="button" className="button primary wide" autoFocus onClick={() => void on()}>
          Sign in
        </button>
      </Gate>
    );
  }
  return (
    <Gate title="Set a new password" lead="The link works once. Your sessions in all browsers end with it.">
      <Form sending={sending} label="Set a new password">
        <SecretField
          label="New password"
          name="password"
          fresh
          autoFocus
          value={password}
          onChange={setPassword}
          sending={sending}
          hint="Length counts more than signs: a few words of your own are good."
        />
        <FormProblem sending={sending} beside={["password"]} />
        <Submit sending={sending} ready={password !== ""} className="button primary wide">
          Set the password
        </Submit>
      </Form>
    </Gate>
  );
}
