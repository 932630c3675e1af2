/** The first person of an installation makes their account, and with it the workspace that runs the installation. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { SetUpDoneBody } from "../../api/schema.gen";
import { lookForWays } from "../../live/entry";
import { go } from "../../live/place";
import { enter } from "../../live/session";
import { Field, Form, FormProblem, SecretField, Submit, useSending } from "../form";
import { Secret } from "../secret";
import { Gate } from "./gate";

export function Setup() {
  const [made, setMade] = useState<SetUpDoneBody>();
  if (made) return <Made made={made} />;
  return (
    <Gate title="Set Mosaic up" lead="You are the first one here. Your account owns this installation and lets others in.">
      <SetupForm onMade={setMade} />
    </Gate>
  );
}

function SetupForm({ onMade }: { readonly onMade: (made: SetUpDoneBody) => void }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [workspace, setWorkspace] = useState("");
  const [code, setCode] = useState("");
  const [here] = useState(() => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(window.location.hostname));
  const sending = useSending(async () => {
    const body = {
      name: name.trim(),
      email: email.trim(),
      password,
      ...(workspace.trim() ? { workspace: workspace.trim() } : {}),
      ...(code.trim() ? { code: code.trim() } : {}),
    };
    onMade(await must(api.POST("/api/bootstrap/setup", { body })));
  });
  // Whoever is refused may need one after all.
  const asked = !here || code !== "" || sending.problem?.status === 403 || sending.problem?.fields.some(({ field }) => field === "code");
  return (
    <Form sending={sending} label="First account">
      <Field label="Your name" name="name" autoComplete="name" autoFocus value={name} onChange={setName} sending={sending} />
      <Field label="Email" name="email" type="email" autoComplete="username" value={email} onChange={setEmail} sending={sending} />
      <SecretField
        label="Password"
        name="password"
        fresh
        value={password}
        onChange={setPassword}
        sending={sending}
        hint="Length counts more than signs: a few words of your own are good."
      />
      <Field
        label="Workspace (if you like)"
        name="workspace"
        placeholder="home"
        autoComplete="organization"
        value={workspace}
        onChange={setWorkspace}
        sending={sending}
        hint="What belongs together has one. It can be renamed."
      />
      {asked && (
        <SecretField
          label="Setup code"
          name="code"
          autoComplete="off"
          value={code}
          onChange={setCode}
          sending={sending}
          hint={
            <>
              From another machine this takes <code>auth.setup_code</code> of the server&apos;s settings.
            </>
          }
        />
      )}
      <FormProblem sending={sending} beside={["name", "email", "password", "workspace", "code"]} />
      <Submit sending={sending} ready={name.trim() !== "" && email.trim() !== "" && password !== ""} className="button primary wide">
        Set up
      </Submit>
    </Form>
  );
}

function Made({ made: { me, token } }: { readonly made: SetUpDoneBody }) {
  const begin = () => {
    // From now on others find the usual ways in here.
    void lookForWays();
    go({ name: "home" }, true);
    enter(me);
  };
  return (
    <Gate title="Mosaic is set up" lead={`Welcome, ${me.name}. You are signed in in this browser.`}>
      <Secret
        label="Your API token, for the command line"
        value={token}
        note="It is shown this once. You can make others at any time, under Settings."
      />
      <button type="button" className="button primary wide" onClick={begin}>
        Begin
      </button>
    </Gate>
  );
}
