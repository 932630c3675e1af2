/** The way in: an API token, once, for a session of this browser. */

import { useState, type FormEvent } from "react";

import { shown, type ApiError } from "../api/client";
import { signIn } from "../live/session";
import { Icon, Logo, Spinner } from "./icons";
import { ProblemText } from "./prose";

export function SignIn({ ended }: { readonly ended: boolean }) {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!token.trim() || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(shown(error));
      setBusy(false);
    }
  };

  return (
    <main className="gate">
      <form className="gate-card" onSubmit={(event) => void submit(event)} noValidate>
        <Logo size={40} />
        <h1>Sign in to Mosaic</h1>
        <p className="muted">
          {ended ? "Your session has ended. Nothing is lost: sign in again to go on." : "Paste an API token of yours to begin."}
        </p>
        <label className="field">
          <span>API token</span>
          <input
            type="password"
            name="token"
            autoComplete="current-password"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="mos_…"
            autoFocus
            value={token}
            aria-invalid={problem !== undefined}
            aria-describedby={problem ? "sign-in-problem" : "sign-in-hint"}
            onChange={(event) => setToken(event.target.value)}
          />
        </label>
        {problem && (
          <div className="inline-problem" id="sign-in-problem" role="alert">
            <Icon name="alert" size={16} />
            <ProblemText detail={problem.detail} remedy={problem.remedy} />
          </div>
        )}
        <button type="submit" className="button primary wide" disabled={busy || !token.trim()}>
          {busy ? <Spinner /> : null}
          {busy ? "Signing in…" : "Sign in"}
        </button>
        {!problem && (
          <p className="hint" id="sign-in-hint">
            <code>mosaic up</code> prints the first token when it sets Mosaic up. Lost it? <code>mosaic-migrate token</code> on
            the server makes another one.
          </p>
        )}
      </form>
    </main>
  );
}
