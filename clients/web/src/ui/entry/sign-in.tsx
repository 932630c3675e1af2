/** The way in: a password, another place where one is known, or an API token. Whichever it is begins a session of this browser. */

import { useEffect, useState } from "react";

import type { LoginBody } from "../../api/schema.gen";
import { go } from "../../live/place";
import { signIn } from "../../live/session";
import { signInProblem } from "../../lib/sign-in-problems";
import { Field, Form, FormProblem, SecretField, Submit, useSending } from "../form";
import { Icon } from "../icons";
import { ProblemText } from "../prose";
import { Gate } from "./gate";
import { Or, Providers } from "./providers";

interface SignInProps {
  readonly ways: LoginBody;
  /** Whether a session has ended here that the person did not end. */
  readonly ended: boolean;
}

export function SignIn({ ways, ended }: SignInProps) {
  const [code] = useState(() => new URLSearchParams(window.location.search).get("problem"));
  const problem = code ? signInProblem(code) : undefined;
  useEffect(() => {
    // It is said once; whoever gets in after all is not told again.
    if (code) window.history.replaceState(null, "", window.location.pathname);
  }, [code]);
  const { password, breakGlass, providers, registration } = ways;
  return (
    <Gate
      title="Sign in to Mosaic"
      foot={
        registration === "open" && (
          <p>
            New here?{" "}
            <button type="button" className="link" onClick={() => go({ name: "register" })}>
              Make an account
            </button>
          </p>
        )
      }
    >
      {ended && <Ended />}
      {problem && !ended && (
        <div className="inline-problem" role="alert">
          <Icon name="alert" size={16} />
          <ProblemText {...problem} />
        </div>
      )}
      {password && <PasswordForm focused />}
      {password && providers.length > 0 && <Or />}
      <Providers ways={ways} returnTo={comeBack()} />
      {!password && breakGlass && <Emergency />}
      <TokenForm open={!password && providers.length === 0} />
    </Gate>
  );
}

/** Where one goes on after having been elsewhere. */
function comeBack(): string {
  const { pathname } = window.location;
  return ["/sign-in", "/register", "/setup"].includes(pathname) ? "/" : pathname;
}

/** Why one is out again. Of a session that has ended nothing is kept, so nobody can say which of these it was. */
function Ended() {
  return (
    <div className="inline-note" role="alert">
      <Icon name="out" size={16} />
      <ProblemText
        title="Your session has ended"
        detail="Nothing is lost: sign in again to go on."
        remedy="If that is refused, your account was closed or you were removed: ask an admin."
      />
    </div>
  );
}

/** For when no provider answers: the password of somebody who runs the installation. */
function Emergency() {
  return (
    <details className="fold">
      <summary>
        No provider answers?
        <Icon name="chevron" size={14} />
      </summary>
      <p className="fold-text">Owners and admins of the home workspace may sign in with their password. It is written down, and holds for an hour.</p>
      <PasswordForm />
    </details>
  );
}

function PasswordForm({ focused = false }: { readonly focused?: boolean }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const sending = useSending(() => signIn({ email: email.trim(), password }));
  return (
    <Form sending={sending} label="Sign in with a password">
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        autoFocus={focused}
        value={email}
        onChange={setEmail}
        sending={sending}
      />
      <SecretField label="Password" name="password" value={password} onChange={setPassword} sending={sending} />
      <FormProblem sending={sending} beside={["email", "password"]} />
      <Submit sending={sending} ready={email.trim() !== "" && password !== ""} className="button primary wide">
        {sending.busy ? "Signing in…" : "Sign in"}
      </Submit>
    </Form>
  );
}

function TokenForm({ open }: { readonly open: boolean }) {
  const [token, setToken] = useState("");
  const sending = useSending(() => signIn({ token: token.trim() }));
  return (
    <details className="fold" open={open}>
      <summary>
        Use an API token
        <Icon name="chevron" size={14} />
      </summary>
      <Form sending={sending} label="Sign in with a token">
        <SecretField
          label="API token"
          name="token"
          placeholder="mos_…"
          value={token}
          onChange={setToken}
          sending={sending}
          hint={
            <>
              Lost it, or your password? <code>mosaic-migrate token</code> on the server makes another token.
            </>
          }
        />
        <FormProblem sending={sending} beside={["token"]} />
        <Submit sending={sending} ready={token.trim() !== ""} className="button wide">
          Sign in with the token
        </Submit>
      </Form>
    </details>
  );
}
