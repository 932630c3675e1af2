/** The people of a team. */

import { useEffect, useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, MemberBody, TeamBody } from "../../api/schema.gen";
import { TEAM_ROLES, type TeamRole } from "../../lib/roles";
import { note, toast } from "../../live/toasts";
import { ChoiceField, useSending } from "../form";
import { FormDialog, Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Menu } from "../menu";
import { Avatar, RoleTag } from "./parts";

const ROLE_NAMES: readonly (readonly [TeamRole, string])[] = [
  ["member", "member: belongs to it"],
  ["admin", "admin: manages its people"],
  ["owner", "owner: runs it"],
];

interface TeamMemberProps {
  readonly me: MeBody;
  readonly team: TeamBody;
  readonly member: TeamBody["members"][number];
  /** Whether somebody may change who is in it. */
  readonly runs: boolean;
  readonly onDone: () => void;
}

export function TeamMember({ me, team, member, runs, onDone }: TeamMemberProps) {
  const { userId, name, role } = member;
  const [asking, setAsking] = useState(false);
  const you = userId === me.userId;
  const path = { id: team.id, userId };

  const give = async (to: TeamRole) => {
    try {
      await must(api.PUT("/api/teams/{id}/members/{userId}", { params: { path }, body: { role: to } }));
      note(`${name} is ${to} of ${team.name} now.`);
      onDone();
    } catch (error) {
      toast(error);
    }
  };
  const remove = async () => {
    await must(api.DELETE("/api/teams/{id}/members/{userId}", { params: { path } }));
    onDone();
  };
  const roles = TEAM_ROLES.map((one) => ({ key: one, label: `Make ${one}`, checked: one === role, choose: () => void give(one) }));
  const out = {
    key: "remove",
    label: you ? "Leave the team…" : "Take out of the team…",
    icon: <Icon name="out" size={16} />,
    danger: true,
    choose: () => setAsking(true),
  };
  return (
    <li>
      <Avatar name={name} />
      <span className="account-name">
        {name}
        {you && <small className="inline"> you</small>}
      </span>
      {role !== "member" && <RoleTag role={role} />}
      {(runs || you) && (
        <Menu
          label={`More for ${name} in ${team.name}`}
          className="icon-button small"
          button={<Icon name="more" size={16} />}
          choices={runs ? [...roles, out] : [out]}
        />
      )}
      {asking && (
        <Sure
          title={you ? `Leave ${team.name}?` : `Take ${name} out of ${team.name}?`}
          text={you ? "Whoever runs the team can take you in again." : "They stay in the workspace."}
          action={you ? "Leave" : "Take out"}
          onConfirm={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

interface AddProps {
  readonly team: TeamBody;
  readonly owns: boolean;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function AddTeamMember({ team, owns, onDone, onClose }: AddProps) {
  const members = useMembers();
  const [chosen, setChosen] = useState("");
  const [role, setRole] = useState<TeamRole>("member");
  const others = members?.filter(({ userId }) => !team.members.some((one) => one.userId === userId)) ?? [];
  const userId = chosen || others[0]?.userId || "";
  const sending = useSending(async () => {
    const path = { id: team.id, userId };
    await must(api.PUT("/api/teams/{id}/members/{userId}", { params: { path }, body: { role } }));
    onDone();
    onClose();
  });
  return (
    <FormDialog
      title={`Add somebody to ${team.name}`}
      text={members && others.length === 0 ? "Everybody of the workspace is in it already." : undefined}
      action="Add"
      ready={userId !== ""}
      beside={["role"]}
      sending={sending}
      onClose={onClose}
    >
      {others.length > 0 && (
        <>
          <ChoiceField
            label="Who"
            name="userId"
            value={userId}
            options={others.map((one) => [one.userId, one.email ? `${one.name} (${one.email})` : one.name] as const)}
            onChoose={setChosen}
            sending={sending}
          />
          <ChoiceField
            label="As"
            name="role"
            value={role}
            options={owns ? ROLE_NAMES : ROLE_NAMES.slice(0, 2)}
            onChoose={setRole}
            sending={sending}
          />
        </>
      )}
    </FormDialog>
  );
}

/** Who can be put into a team. */
function useMembers(): readonly MemberBody[] | undefined {
  const [members, setMembers] = useState<readonly MemberBody[]>();
  useEffect(() => {
    let gone = false;
    const load = async () => {
      try {
        const { items } = await must(api.GET("/api/members"));
        if (!gone) setMembers(items);
      } catch (error) {
        toast(error);
      }
    };
    void load();
    return () => {
      gone = true;
    };
  }, []);
  return members;
}
