/** What those who run the installation can do about somebody's account. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, UserBody } from "../../api/schema.gen";
import { note } from "../../live/toasts";
import { exactly } from "../../lib/time";
import { Dialog } from "../dialog";
import { Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Menu, type Choice } from "../menu";
import { AskReason } from "../reason";
import { Secret } from "../secret";
import { DeleteUser } from "./delete-user";

type Verb = "deactivate" | "ban" | "reactivate" | "sign-out" | "password" | "delete";

interface ActionsProps {
  readonly me: MeBody;
  readonly user: UserBody;
  readonly onDone: () => void;
}

export function UserActions({ me, user, onDone }: ActionsProps) {
  const [asking, setAsking] = useState<Verb>();
  const { name, state, email } = user;
  const you = user.id === me.userId;
  const close = () => setAsking(undefined);
  const can = (key: Verb, label: string, icon: Choice["icon"], danger = false): Choice => ({
    key,
    label,
    icon,
    danger,
    choose: () => setAsking(key),
  });
  const active = state === "active";
  const choices: Choice[] = [
    ...(email && active ? [can("password", "Password link…", <Icon name="key" size={16} />)] : []),
    can("sign-out", "Sign out everywhere…", <Icon name="out" size={16} />),
    ...(active ? [] : [can("reactivate", "Reactivate…", <Icon name="play" size={16} />)]),
    ...(active && !you ? [can("deactivate", "Deactivate…", <Icon name="pause" size={16} />, true)] : []),
    ...(state !== "banned" && !you ? [can("ban", "Ban…", <Icon name="kill" size={16} />, true)] : []),
    ...(you ? [] : [can("delete", "Delete…", <Icon name="trash" size={16} />, true)]),
  ];
  return (
    <>
      <Menu label={`More for ${name}`} className="icon-button small" button={<Icon name="more" size={16} />} choices={choices} />
      {(asking === "deactivate" || asking === "ban") && <Close verb={asking} user={user} onDone={onDone} onClose={close} />}
      {asking === "reactivate" && <Reactivate user={user} onDone={onDone} onClose={close} />}
      {asking === "sign-out" && <SignOut user={user} onDone={onDone} onClose={close} />}
      {asking === "password" && <PasswordLink user={user} onClose={close} />}
      {asking === "delete" && <DeleteUser user={user} onDone={onDone} onClose={close} />}
    </>
  );
}

interface VerbProps {
  readonly user: UserBody;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Keeps somebody out, with a reason that they are told. */
function Close({ verb, user: { id, name }, onDone, onClose }: VerbProps & { readonly verb: "deactivate" | "ban" }) {
  const ban = verb === "ban";
  const act = async (reason: string) => {
    const request = { params: { path: { id } }, body: { reason } };
    if (ban) await must(api.POST("/api/users/{id}/ban", request));
    else await must(api.POST("/api/users/{id}/deactivate", request));
    note(ban ? `${name} is banned.` : `${name} is deactivated.`);
    onDone();
  };
  return (
    <AskReason
      title={ban ? `Ban ${name}?` : `Deactivate ${name}?`}
      text={`Sessions, tokens, open pages and runs of ${name} end at once, in every workspace. What is theirs stays, and ${ban ? "a ban" : "this"} can be taken back.`}
      action={ban ? "Ban" : "Deactivate"}
      placeholder="Why? It is written down"
      danger
      onConfirm={act}
      onClose={onClose}
    />
  );
}

function Reactivate({ user: { id, name }, onDone, onClose }: VerbProps) {
  const act = async () => {
    await must(api.POST("/api/users/{id}/reactivate", { params: { path: { id } } }));
    note(`${name} may come in again.`);
    onDone();
  };
  return (
    <Sure
      title={`Reactivate ${name}?`}
      text="They sign in as before; sessions and tokens that have ended stay so."
      action="Reactivate"
      danger={false}
      onConfirm={act}
      onClose={onClose}
    />
  );
}

function SignOut({ user: { id, name }, onDone, onClose }: VerbProps) {
  const [tokens, setTokens] = useState(false);
  const act = async () => {
    const query = tokens ? { tokens } : {};
    await must(api.POST("/api/users/{id}/sign-out", { params: { path: { id }, query } }));
    note(`${name} is signed out everywhere.`);
    onDone();
  };
  return (
    <Sure
      title={`Sign ${name} out everywhere?`}
      text="Their sessions in all browsers end at once. They can sign in again."
      action="Sign out"
      onConfirm={act}
      onClose={onClose}
    >
      <label className="tick">
        <input type="checkbox" checked={tokens} onChange={(event) => setTokens(event.target.checked)} />
        <span>Revoke their API tokens, too: programs that use them stop working</span>
      </label>
    </Sure>
  );
}

/** For who has lost their password: a link is made, and shown once. */
function PasswordLink({ user: { id, name }, onClose }: { readonly user: UserBody; readonly onClose: () => void }) {
  const [made, setMade] = useState<{ link: string; expiresAt: string }>();
  if (!made) {
    return (
      <Sure
        title={`A new password for ${name}?`}
        text="You get a link with which they set one. Until they do, the old one works; links from before stop working."
        action="Make the link"
        danger={false}
        onConfirm={async () => setMade(await must(api.POST("/api/users/{id}/password-link", { params: { path: { id } } })))}
        stays
        onClose={onClose}
      />
    );
  }
  return <LinkShown title={`The link for ${name}`} link={made.link} until={made.expiresAt} onClose={onClose} />;
}

interface LinkShownProps {
  readonly title: string;
  readonly link: string;
  readonly until?: string;
  readonly onClose: () => void;
}

export function LinkShown({ title, link, until, onClose }: LinkShownProps) {
  return (
    <Dialog title={title} className="editor" onClose={onClose}>
      <h2>{title}</h2>
      <Secret
        label="Link"
        value={link}
        note={`It is shown this once, and works once${until ? `, until ${exactly(until)}` : ""}. Pass it on a way that you trust: whoever opens it sets the password.`}
      />
      <div className="dialog-actions">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}
