/** The person's password: set, or changed. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody } from "../../api/schema.gen";
import { look } from "../../live/session";
import { note } from "../../live/toasts";
import { Field, Form, FormProblem, SecretField, Submit, useSending } from "../form";

export function Password({ me }: { readonly me: MeBody }) {
  const [email, setEmail] = useState("");
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const sending = useSending(async () => {
    const body = { new: fresh, ...(me.hasPassword ? { current } : {}), ...(me.email ? {} : { email: email.trim() }) };
    await must(api.PUT("/api/me/password", { body }));
    setCurrent("");
    setFresh("");
    await look();
    note("The password is set. Your other sessions have ended.");
  });
  return (
    <section className="card" aria-label="Password">
      <h2>Password</h2>
      <Form sending={sending} label="Change the password">
        {me.email ? (
          // Tells password managers whose it is.
          <input type="text" name="username" autoComplete="username" value={me.email} readOnly hidden />
        ) : (
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="username"
            value={email}
            onChange={setEmail}
            sending={sending}
            hint="You sign in with it, and with the password."
          />
        )}
        {me.hasPassword && (
          <SecretField label="Current password" name="current" value={current} onChange={setCurrent} sending={sending} />
        )}
        <SecretField
          label="New password"
          name="new"
          fresh
          value={fresh}
          onChange={setFresh}
          sending={sending}
          hint="Length counts more than signs. Your sessions in other browsers end with it."
        />
        <FormProblem sending={sending} beside={["email", "current", "new"]} />
        <div className="form-actions">
          <Submit sending={sending} ready={fresh !== "" && (!me.hasPassword || current !== "") && (Boolean(me.email) || email.trim() !== "")}>
            {me.hasPassword ? "Change the password" : "Set a password"}
          </Submit>
        </div>
      </Form>
    </section>
  );
}
