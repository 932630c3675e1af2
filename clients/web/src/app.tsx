/** The page: whoever is not signed in sees the way in, everyone else the shell. */

import { useEmitter } from "./live/emitter";
import { look, session } from "./live/session";
import { Logo } from "./ui/icons";
import { Shell } from "./ui/shell";
import { SignIn } from "./ui/sign-in";
import { Toasts } from "./ui/toasts";

export function App() {
  const state = useEmitter(session);
  return (
    <>
      {state.state === "unknown" && <Waiting />}
      {state.state === "unreachable" && (
        <main className="gate">
          <div className="gate-card">
            <Logo />
            <h1>{state.problem.detail}</h1>
            <p className="muted">{state.problem.remedy}</p>
            <button type="button" className="button primary" onClick={() => void look()}>
              Try again
            </button>
          </div>
        </main>
      )}
      {state.state === "out" && <SignIn ended={state.ended} />}
      {state.state === "in" && <Shell me={state.me} />}
      <Toasts />
    </>
  );
}

function Waiting() {
  return (
    <main className="gate" aria-busy="true">
      <Logo />
    </main>
  );
}
