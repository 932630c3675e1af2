/** Teams: people who work together. Who runs one changes it; admins of the workspace run them all. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, TeamBody } from "../../api/schema.gen";
import { SELDOM_MS, useLive } from "../../live/poll";
import { allowed } from "../../live/session";
import { note } from "../../live/toasts";
import { Field, useSending } from "../form";
import { FormDialog, Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Menu } from "../menu";
import { Area, Empty } from "../operations/parts";
import { AddTeamMember, TeamMember } from "./team-members";

const load = () => must(api.GET("/api/teams"));

export function Teams({ me }: { readonly me: MeBody }) {
  const live = useLive(load, SELDOM_MS);
  const [making, setMaking] = useState(false);
  const done = () => void live.refresh();
  const makes = allowed(me, "manage_teams");
  return (
    <section aria-label="Teams" className="panel">
      <div className="panel-head">
        <p className="panel-note">Those who work together, so that they can be named together.</p>
        {makes && (
          <button type="button" className="button small primary" onClick={() => setMaking(true)}>
            <Icon name="plus" size={14} />
            New team
          </button>
        )}
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="people" title="No teams" text={makes ? "Make one, and put people into it." : "Owners and admins make them."} />}
      >
        {({ items }) => items.map((team) => <Team key={team.id} me={me} team={team} onDone={done} />)}
      </Area>
      {making && <NameTeam onDone={done} onClose={() => setMaking(false)} />}
    </section>
  );
}

interface TeamProps {
  readonly me: MeBody;
  readonly team: TeamBody;
  readonly onDone: () => void;
}

function Team({ me, team, onDone }: TeamProps) {
  const { id, name, members } = team;
  const [asking, setAsking] = useState<"name" | "add" | "delete">();
  const mine = members.find(({ userId }) => userId === me.userId)?.role;
  const owns = allowed(me, "manage_teams") || mine === "owner";
  const runs = owns || mine === "admin";
  const close = () => setAsking(undefined);
  const remove = async () => {
    await must(api.DELETE("/api/teams/{id}", { params: { path: { id } } }));
    note(`${name} is no more.`);
    onDone();
  };
  return (
    <article className="queue" aria-label={`Team ${name}`}>
      <header>
        <h2>{name}</h2>
        <span className="panel-note">{members.length === 1 ? "1 person" : `${members.length} people`}</span>
        {runs && (
          <button type="button" className="button small" onClick={() => setAsking("add")}>
            <Icon name="plus" size={14} />
            Add
          </button>
        )}
        {owns && (
          <Menu
            label={`More for ${name}`}
            className="icon-button small"
            button={<Icon name="more" size={16} />}
            choices={[
              { key: "name", label: "Rename…", icon: <Icon name="pencil" size={16} />, choose: () => setAsking("name") },
              { key: "delete", label: "Delete…", icon: <Icon name="trash" size={16} />, danger: true, choose: () => setAsking("delete") },
            ]}
          />
        )}
      </header>
      <ul className="team-people" aria-label={`People of ${name}`}>
        {members.map((member) => (
          <TeamMember key={member.userId} me={me} team={team} member={member} runs={runs} onDone={onDone} />
        ))}
      </ul>
      {asking === "add" && <AddTeamMember team={team} owns={owns} onDone={onDone} onClose={close} />}
      {asking === "name" && <NameTeam team={team} onDone={onDone} onClose={close} />}
      {asking === "delete" && (
        <Sure
          title={`Delete ${name}?`}
          text="The team is gone; its people stay in the workspace, with everything that is theirs."
          action="Delete"
          onConfirm={remove}
          onClose={close}
        />
      )}
    </article>
  );
}

interface NameTeamProps {
  readonly team?: TeamBody;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** A team gets a name: its first one, or another. */
function NameTeam({ team, onDone, onClose }: NameTeamProps) {
  const [name, setName] = useState(team?.name ?? "");
  const sending = useSending(async () => {
    const body = { name: name.trim() };
    if (team) await must(api.PATCH("/api/teams/{id}", { params: { path: { id: team.id } }, body }));
    else await must(api.POST("/api/teams", { body }));
    onDone();
    onClose();
  });
  return (
    <FormDialog
      title={team ? `Rename ${team.name}` : "New team"}
      action={team ? "Rename" : "Make it"}
      ready={name.trim() !== "" && name.trim() !== team?.name}
      beside={["name"]}
      sending={sending}
      onClose={onClose}
    >
      <Field label="Name" name="name" autoComplete="off" maxLength={100} value={name} onChange={setName} sending={sending} />
    </FormDialog>
  );
}
