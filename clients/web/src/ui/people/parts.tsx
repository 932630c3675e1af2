/** What the lists of people have in common. */

import type { ReactNode } from "react";

import { ROLE_TEXT, type Role } from "../../lib/roles";
import { Badge } from "../operations/parts";

export function Avatar({ name }: { readonly name: string }) {
  return (
    <span className="avatar" aria-hidden="true">
      {(name.trim()[0] ?? "?").toUpperCase()}
    </span>
  );
}

const TONES: Readonly<Record<string, string>> = { deactivated: "warn", banned: "bad" };

/** Whether somebody can come in; the usual case needs no word. */
export function State({ state }: { readonly state: string }) {
  return state === "active" ? null : <Badge tone={TONES[state] ?? "idle"}>{state}</Badge>;
}

export function RoleTag({ role }: { readonly role: string }) {
  return <span className={`tag ${role}`}>{role}</span>;
}

interface RoleChoiceProps {
  readonly roles: readonly Role[];
  readonly value: string;
  readonly onChoose: (role: Role) => void;
}

/** Roles with what each lets people do. */
export function RoleChoice({ roles, value, onChoose }: RoleChoiceProps) {
  return (
    <fieldset className="choices">
      <legend>Role</legend>
      {roles.map((role) => (
        <label key={role} className="tick">
          <input type="radio" name="role" value={role} checked={role === value} onChange={() => onChoose(role)} />
          <span>
            {role}
            <small>{ROLE_TEXT[role]}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface PersonProps {
  readonly name: string;
  readonly you: boolean;
  readonly meta: ReactNode;
  readonly tags?: ReactNode;
  readonly children?: ReactNode;
}

/** Somebody in a list. */
export function PersonRow({ name, you, meta, tags, children }: PersonProps) {
  return (
    <li className="row person-row">
      <Avatar name={name} />
      <div className="row-main">
        <p className="row-title">
          {name}
          {you && <small> you</small>} {tags}
        </p>
        <p className="row-meta">{meta}</p>
      </div>
      <div className="row-actions">{children}</div>
    </li>
  );
}
