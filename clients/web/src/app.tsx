/** The page: whoever is not signed in sees the ways in, everyone else the shell. */

import { useEffect } from "react";

import { ApiError } from "./api/client";
import type { LoginBody, MeBody } from "./api/schema.gen";
import { useEmitter } from "./live/emitter";
import { entry, lookForWays } from "./live/entry";
import { go, place, secret, type Place } from "./live/place";
import { signInProblem } from "./lib/sign-in-problems";
import { look, session } from "./live/session";
import { toast } from "./live/toasts";
import { Approve } from "./ui/entry/approve";
import { Gate, Waiting } from "./ui/entry/gate";
import { Invite } from "./ui/entry/invite";
import { NewPassword } from "./ui/entry/password";
import { Register } from "./ui/entry/register";
import { Setup } from "./ui/entry/setup";
import { SignIn } from "./ui/entry/sign-in";
import { Shell } from "./ui/shell";
import { Toasts } from "./ui/toasts";

export function App() {
  const state = useEmitter(session);
  const here = useEmitter(place);
  return (
    <>
      {state.state === "unknown" && <Waiting />}
      {state.state === "unreachable" && <Unreachable problem={state.problem} onAgain={() => void look()} />}
      {state.state === "out" && <Outside here={here} ended={state.ended} />}
      {state.state === "in" && <Inside here={here} me={state.me} />}
      <Toasts />
    </>
  );
}

interface UnreachableProps {
  readonly problem: ApiError;
  readonly onAgain: () => void;
}

function Unreachable({ problem, onAgain }: UnreachableProps) {
  return (
    <Gate title={problem.detail} lead={problem.remedy}>
      <button type="button" className="button primary" onClick={onAgain}>
        Try again
      </button>
    </Gate>
  );
}

function Outside({ here, ended }: { readonly here: Place; readonly ended: boolean }) {
  const ways = useEmitter(entry);
  useEffect(() => void lookForWays(), []);
  if (ways.state === "unknown") return <Waiting />;
  if (ways.state === "unreachable") return <Unreachable problem={ways.problem} onAgain={() => void lookForWays()} />;
  if (ways.ways.needsSetup) return <Setup />;
  switch (here.name) {
    case "register":
      return <Register ways={ways.ways} />;
    case "invite":
      return <Invite key={secret()} ways={ways.ways} />;
    case "password":
      return <NewPassword key={secret()} />;
    default:
      return <SignIn ways={ways.ways} ended={ended} />;
  }
}

/** What is only for those who are not in yet leads on; the rest has its place in the shell, or a page of its own. */
function Inside({ here, me }: { readonly here: Place; readonly me: MeBody }) {
  const over = here.name === "sign-in" || here.name === "setup" || here.name === "register";
  useEffect(() => {
    if (over) leadOn();
  }, [over]);
  if (over) return <Waiting />;
  switch (here.name) {
    case "invite":
      return <Invite key={secret()} ways={NO_WAYS} me={me} />;
    case "password":
      return <NewPassword key={secret()} />;
    case "approve":
      return <Approve me={me} />;
    default:
      return <Shell key={`${me.workspaceId} ${me.userId}`} me={me} />;
  }
}

/** Whoever comes back from a provider to which they could not link themselves is told so where that is done. */
function leadOn(): void {
  const code = new URLSearchParams(window.location.search).get("problem");
  if (!code) return go({ name: "home" }, true);
  const { detail, remedy } = signInProblem(code);
  toast(new ApiError(409, detail, remedy));
  go({ name: "settings", tab: "security" }, true);
}

/** Whoever is in needs none. */
const NO_WAYS: LoginBody = { needsSetup: false, registration: "closed", password: false, breakGlass: false, providers: [] };
