/** Everybody in the workspace, with what they are there. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, MemberBody } from "../../api/schema.gen";
import { manages, ROLES, rolesUpTo, type Role } from "../../lib/roles";
import { exactly } from "../../lib/time";
import { SELDOM_MS, useLive } from "../../live/poll";
import { allowed, look } from "../../live/session";
import { note } from "../../live/toasts";
import { useSending } from "../form";
import { FormDialog, Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Menu, type Choice } from "../menu";
import { Area, Empty } from "../operations/parts";
import { PersonRow, RoleChoice, RoleTag, State } from "./parts";

const load = () => must(api.GET("/api/members"));

export function Members({ me }: { readonly me: MeBody }) {
  const live = useLive(load, SELDOM_MS);
  return (
    <section aria-label="Members" className="panel">
      <Area live={live} isEmpty={({ items }) => items.length === 0} empty={<Empty icon="people" title="Nobody is here" />}>
        {({ items }) => (
          <>
            <p className="panel-note">
              {items.length === 1 ? "You are alone" : `${items.length} people are`} in {me.workspace}.
            </p>
            <ul className="rows" aria-label="Members">
              {items.map((member) => (
                <Member key={member.userId} me={me} member={member} onDone={() => void live.refresh()} />
              ))}
            </ul>
          </>
        )}
      </Area>
    </section>
  );
}

interface MemberProps {
  readonly me: MeBody;
  readonly member: MemberBody;
  readonly onDone: () => void;
}

function Member({ me, member, onDone }: MemberProps) {
  const { userId, name, email, role, state, createdAt, teams } = member;
  const [asking, setAsking] = useState<"role" | "remove">();
  const you = userId === me.userId;
  // Everybody may step down and leave.
  const managed = you ? allowed(me, "manage_self") : allowed(me, "manage_members") && manages(me.role, role);
  const close = () => setAsking(undefined);
  const choices: Choice[] = [];
  if (managed) choices.push({ key: "role", label: "Change role…", icon: <Icon name="pencil" size={16} />, choose: () => setAsking("role") });
  if (managed) {
    choices.push({
      key: "remove",
      label: you ? "Leave the workspace…" : "Remove…",
      icon: <Icon name="out" size={16} />,
      danger: true,
      choose: () => setAsking("remove"),
    });
  }
  const remove = async () => {
    await must(api.DELETE("/api/members/{userId}", { params: { path: { userId } } }));
    note(you ? `You have left ${me.workspace}.` : `${name} is removed.`);
    if (you) await look();
    else onDone();
  };
  return (
    <PersonRow
      name={name}
      you={you}
      tags={
        <>
          <RoleTag role={role} /> <State state={state} />
        </>
      }
      meta={
        <>
          {email && <span>{email}</span>}
          {teams.length > 0 && <span>{teams.map((team) => team.name).join(", ")}</span>}
          <time dateTime={createdAt} title={exactly(createdAt)}>
            since {new Date(createdAt).toLocaleDateString()}
          </time>
        </>
      }
    >
      {choices.length > 0 && (
        <Menu label={`More for ${name}`} className="icon-button small" button={<Icon name="more" size={16} />} choices={choices} />
      )}
      {asking === "role" && <ChangeRole me={me} member={member} onDone={onDone} onClose={close} />}
      {asking === "remove" && (
        <Sure
          title={you ? `Leave ${me.workspace}?` : `Remove ${name}?`}
          text={
            you
              ? "Your sessions and tokens there end, and what runs for you. What you said stays for when you come back; that takes an invitation."
              : `${name} is signed out here at once, their tokens here end and what runs for them is stopped. Their account stays.`
          }
          action={you ? "Leave" : "Remove"}
          onConfirm={remove}
          onClose={close}
        />
      )}
    </PersonRow>
  );
}

interface ChangeRoleProps extends MemberProps {
  readonly onClose: () => void;
}

function ChangeRole({ me, member, onDone, onClose }: ChangeRoleProps) {
  const [role, setRole] = useState<Role>(ROLES.find((one) => one === member.role) ?? "member");
  const you = member.userId === me.userId;
  const sending = useSending(async () => {
    const path = { userId: member.userId };
    await must(api.PATCH("/api/members/{userId}", { params: { path }, body: { role } }));
    note(`${you ? "You are" : `${member.name} is`} ${role} now.`);
    if (you) await look();
    onDone();
    onClose();
  });
  return (
    <FormDialog
      title={you ? "Change your own role" : `Change the role of ${member.name}`}
      text={you ? "What you give away here somebody else has to give back." : undefined}
      action="Change"
      ready={role !== member.role}
      danger={you}
      beside={["role"]}
      sending={sending}
      onClose={onClose}
    >
      <RoleChoice roles={rolesUpTo(me.role)} value={role} onChoose={setRole} />
    </FormDialog>
  );
}
