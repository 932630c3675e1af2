/** Somebody holds the link of an invitation: they see what it is, and come in with a new account or with theirs. */

import { useEffect, useState } from "react";

import { api, must, shown, type ApiError } from "../../api/client";
import type { InvitationLookBody, LoginBody, MeBody } from "../../api/schema.gen";
import { go, secret } from "../../live/place";
import { enter, signIn, signOut } from "../../live/session";
import { note } from "../../live/toasts";
import { ROLE_TEXT, type Role } from "../../lib/roles";
import { ago, exactly } from "../../lib/time";
import { Field, Form, FormProblem, SecretField, Submit, useSending } from "../form";
import { Segments } from "../operations/parts";
import { Gate, Waiting } from "./gate";
import { Or, Providers } from "./providers";

interface InviteProps {
  readonly ways: LoginBody;
  /** Whoever is signed in already. */
  readonly me?: MeBody | undefined;
}

/** Where the secret waits while somebody signs in elsewhere: only this tab has it, and only until it is used. */
const KEPT = "mosaic.invitation";

function held(): string {
  return secret() || (window.sessionStorage.getItem(KEPT) ?? "");
}

export function Invite({ ways, me }: InviteProps) {
  const [key] = useState(held);
  const [invitation, setInvitation] = useState<InvitationLookBody>();
  const [problem, setProblem] = useState<ApiError>();
  useEffect(() => {
    if (!key) return;
    let gone = false;
    const look = async () => {
      try {
        const found = await must(api.POST("/api/invitations/look", { body: { secret: key } }));
        if (!gone) setInvitation(found);
      } catch (error) {
        if (!gone) setProblem(shown(error));
      }
    };
    void look();
    return () => {
      gone = true;
    };
  }, [key]);

  if (!key) return <Useless title="An invitation" lead="This needs the whole link that you were given, with everything behind its `#`." />;
  if (problem) return <Useless title="This invitation does not work" lead={`${problem.detail} ${problem.remedy}`} />;
  if (!invitation) return <Waiting />;
  return (
    <Gate title={`Join ${invitation.workspace}`} lead={`${invitation.inviter} invites you to Mosaic.`}>
      <dl className="facts">
        <div>
          <dt>As</dt>
          <dd>
            {invitation.role}
            <small>{ROLE_TEXT[invitation.role as Role]}</small>
          </dd>
        </div>
        {invitation.email && (
          <div>
            <dt>For</dt>
            <dd>{invitation.email}</dd>
          </div>
        )}
        <div>
          <dt>Ends</dt>
          <dd title={exactly(invitation.expiresAt)}>{ago(invitation.expiresAt)}</dd>
        </div>
      </dl>
      {me ? <AsMe me={me} secret={key} /> : <AsSomebody invitation={invitation} secret={key} ways={ways} />}
    </Gate>
  );
}

function Useless({ title, lead }: { readonly title: string; readonly lead: string }) {
  const on = () => {
    window.sessionStorage.removeItem(KEPT);
    go({ name: "home" }, true);
  };
  return (
    <Gate title={title} lead={lead}>
      <button type="button" className="button wide" onClick={on}>
        Go to Mosaic
      </button>
    </Gate>
  );
}

/** The invitation is used up, and one is in. */
function joined(me: MeBody): void {
  window.sessionStorage.removeItem(KEPT);
  go({ name: "home" }, true);
  enter(me);
  note(`You are in ${me.workspace} now.`);
}

function AsMe({ me, secret: key }: { readonly me: MeBody; readonly secret: string }) {
  const sending = useSending(async () => {
    joined(await must(api.POST("/api/invitations/accept", { body: { secret: key } })));
  });
  return (
    <Form sending={sending} label="Accept">
      <FormProblem sending={sending} />
      <Submit sending={sending} ready className="button primary wide">
        Accept as {me.name}
      </Submit>
      <button type="button" className="button wide" onClick={() => void signOut()}>
        Use another account
      </button>
    </Form>
  );
}

const MODES = [
  ["new", "New account"],
  ["mine", "I have one"],
] as const;

interface AsSomebodyProps {
  readonly invitation: InvitationLookBody;
  readonly secret: string;
  readonly ways: LoginBody;
}

function AsSomebody({ invitation, secret: key, ways }: AsSomebodyProps) {
  const [mode, setMode] = useState<(typeof MODES)[number][0]>(invitation.hasAccount ? "mine" : "new");
  const keep = () => window.sessionStorage.setItem(KEPT, key);
  return (
    <>
      {ways.password && <Segments label="Account" value={mode} options={MODES} onChoose={setMode} />}
      {ways.password && (mode === "new" ? <NewAccount invitation={invitation} secret={key} /> : <MyAccount invitation={invitation} />)}
      {ways.password && ways.providers.length > 0 && <Or />}
      <Providers ways={ways} returnTo="/invite" onLeave={keep} />
    </>
  );
}

function NewAccount({ invitation, secret: key }: { readonly invitation: InvitationLookBody; readonly secret: string }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState(invitation.email ?? "");
  const [password, setPassword] = useState("");
  const sending = useSending(async () => {
    const body = { secret: key, name: name.trim(), email: email.trim(), password };
    joined(await must(api.POST("/api/invitations/accept", { body })));
  });
  return (
    <Form sending={sending} label="New account">
      <Field label="Your name" name="name" autoComplete="name" autoFocus value={name} onChange={setName} sending={sending} />
      <Field
        label="Email"
        name="email"
        type="email"
        autoComplete="username"
        readOnly={Boolean(invitation.email)}
        value={email}
        onChange={setEmail}
        sending={sending}
      />
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
        Make the account and join
      </Submit>
    </Form>
  );
}

/** First in with one's own account; accepting is the next step, seen as who one is. */
function MyAccount({ invitation }: { readonly invitation: InvitationLookBody }) {
  const [email, setEmail] = useState(invitation.email ?? "");
  const [password, setPassword] = useState("");
  const sending = useSending(() => signIn({ email: email.trim(), password }));
  return (
    <Form sending={sending} label="Sign in with a password">
      <Field label="Email" name="email" type="email" autoComplete="username" value={email} onChange={setEmail} sending={sending} />
      <SecretField label="Password" name="password" value={password} onChange={setPassword} sending={sending} />
      <FormProblem sending={sending} beside={["email", "password"]} />
      <Submit sending={sending} ready={email.trim() !== "" && password !== ""} className="button primary wide">
        Sign in
      </Submit>
    </Form>
  );
}
