/** Somebody makes an account of their own, where that is open to everybody. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { LoginBody } from "../../api/schema.gen";
import { go } from "../../live/place";
import { enter } from "../../live/session";
import { Field, Form, FormProblem, SecretField, Submit, useSending } from "../form";
import { Gate } from "./gate";
import { Or, Providers } from "./providers";

export function Register({ ways }: { readonly ways: LoginBody }) {
  const open = ways.registration === "open";
  const has = (
    <p>
      Have an account already?{" "}
      <button type="button" className="link" onClick={() => go({ name: "sign-in" })}>
        Sign in
      </button>
    </p>
  );
  if (!open) {
    const lead =
      ways.registration === "invited"
        ? "Accounts are made here by invitation. Ask an admin for a link, and open it."
        : "Accounts are made here by admins alone. Ask one of them.";
    return <Gate title="You need to be let in" lead={lead} foot={has} />;
  }
  return (
    <Gate title="Make an account" foot={has}>
      {ways.password && <NewAccount />}
      {ways.password && ways.providers.length > 0 && <Or />}
      <Providers ways={ways} returnTo="/" />
    </Gate>
  );
}

function NewAccount() {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const sending = useSending(async () => {
    const body = { name: name.trim(), email: email.trim(), password };
    const me = await must(api.POST("/api/register", { body }));
    go({ name: "home" }, true);
    enter(me);
  });
  return (
    <Form sending={sending} label="New account">
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
      <FormProblem sending={sending} beside={["name", "email", "password"]} />
      <Submit sending={sending} ready={name.trim() !== "" && email.trim() !== "" && password !== ""} className="button primary wide">
        Make the account
      </Submit>
    </Form>
  );
}
