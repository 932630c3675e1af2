/** Who did what. */

import { useCallback, useState } from "react";

import { api, must } from "../../api/client";
import { upTo } from "../../api/pages";
import type { AuditBody } from "../../api/schema.gen";
import { ago, exactly } from "../../lib/time";
import { useLive } from "../../live/poll";
import { Prose } from "../prose";
import { useSettled } from "../settled";
import { Area, Badge, Empty, Select, shortId } from "./parts";

const PAGE = 50;

const KINDS = [
  ["", "Everything"],
  ["session.*", "Signing in"],
  ["token.*", "Tokens"],
  ["password.*", "Passwords"],
  ["oidc.*", "Single sign-on"],
  ["login_request.*", "Programs let in"],
  ["channel.*", "Chats"],
  ["user.*", "Users"],
  ["member.*", "Members"],
  ["team.*", "Teams"],
  ["invitation.*", "Invitations"],
  ["workspace.*", "Workspaces"],
  ["request.*", "Too many requests"],
  ["run.*", "Runs"],
  ["worker.*", "Workers"],
  ["queue.*", "Queues"],
] as const;

const OUTCOMES = [
  ["", "Any outcome"],
  ["done", "Done"],
  ["requested", "Requested"],
  ["unchanged", "Unchanged"],
  ["refused", "Refused"],
  ["denied", "Denied"],
  ["failed", "Failed"],
] as const;

/** How far back. */
const TIMES = [
  ["", "At any time"],
  ["1", "In the last hour"],
  ["24", "In the last day"],
  ["168", "In the last 7 days"],
  ["720", "In the last 30 days"],
  ["between", "Between…"],
] as const;

interface Question {
  readonly action: (typeof KINDS)[number][0];
  readonly outcome: (typeof OUTCOMES)[number][0];
  readonly time: (typeof TIMES)[number][0];
  readonly actor: string;
  /** As the browser has it: the day and the time of this place. */
  readonly from: string;
  readonly to: string;
}

const ANYTHING: Question = { action: "", outcome: "", time: "", actor: "", from: "", to: "" };

export function AuditLog() {
  const [question, setQuestion] = useState(ANYTHING);
  const { actor: typed, ...chosen } = question;
  const actor = useSettled(typed.trim());
  const [wanted, setWanted] = useState(PAGE);
  const { action, outcome, time, from, to } = chosen;
  const load = useCallback(
    () =>
      upTo(wanted, (limit, cursor) => {
        const query = {
          limit,
          ...(action ? { action } : {}),
          ...(outcome ? { outcome } : {}),
          ...(actor ? { actor } : {}),
          ...between(time, from, to),
          ...(cursor ? { cursor } : {}),
        };
        return must(api.GET("/api/audit", { params: { query } }));
      }),
    [action, outcome, actor, time, from, to, wanted],
  );
  const live = useLive(load);
  const anything = action === "" && outcome === "" && actor === "" && time === "";
  return (
    <section aria-label="Audit" className="panel">
      <Filters question={question} onChange={(part) => setQuestion({ ...question, ...part })} />
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty
            icon="list"
            title={anything ? "Nobody did anything" : "Nothing like that"}
            text={anything ? "Signing in, changes to people and tokens, and commands to runs, workers and queues are written down here." : undefined}
          />
        }
      >
        {({ items, more }) => (
          <>
            <ul className="rows" aria-label="Commands">
              {items.map((entry) => (
                <Entry key={entry.id} entry={entry} />
              ))}
            </ul>
            {more && (
              <button type="button" className="ghost more" onClick={() => setWanted(wanted + PAGE)}>
                Show more
              </button>
            )}
          </>
        )}
      </Area>
    </section>
  );
}

interface FiltersProps {
  readonly question: Question;
  readonly onChange: (part: Partial<Question>) => void;
}

function Filters({ question: { action, outcome, time, actor, from, to }, onChange }: FiltersProps) {
  return (
    <div className="filters">
      <Select label="Kind" value={action} options={KINDS} onChoose={(chosen) => onChange({ action: chosen })} />
      <Select label="Outcome" value={outcome} options={OUTCOMES} onChoose={(chosen) => onChange({ outcome: chosen })} />
      <Select label="Time" value={time} options={TIMES} onChoose={(chosen) => onChange({ time: chosen })} />
      <input
        type="search"
        aria-label="Who"
        placeholder="By whom"
        value={actor}
        onChange={(event) => onChange({ actor: event.target.value })}
      />
      {time === "between" && (
        <>
          <label className="field-inline">
            From
            <input type="datetime-local" value={from} onChange={(event) => onChange({ from: event.target.value })} />
          </label>
          <label className="field-inline">
            to
            <input type="datetime-local" value={to} onChange={(event) => onChange({ to: event.target.value })} />
          </label>
        </>
      )}
    </div>
  );
}

/** What was chosen as the API takes it. An end that is not given is open. */
function between(time: Question["time"], from: string, to: string): { since?: string; until?: string } {
  if (time === "") return {};
  if (time !== "between") return { since: new Date(Date.now() - Number(time) * 3_600_000).toISOString() };
  return {
    ...(from ? { since: new Date(from).toISOString() } : {}),
    ...(to ? { until: new Date(to).toISOString() } : {}),
  };
}

const TONES: Readonly<Record<string, string>> = { done: "good", requested: "asked", unchanged: "idle", refused: "warn", denied: "bad" };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function Entry({ entry }: { readonly entry: AuditBody }) {
  const { actor, action, targetType, targetId, reason, outcome, address, at, repeated } = entry;
  return (
    <li className="row">
      <Badge tone={TONES[outcome] ?? "idle"}>{outcome}</Badge>
      <div className="row-main">
        <p className="row-title">
          <code>{action}</code>
        </p>
        <p className="row-meta">
          <span>{actor}</span>
          <time dateTime={at} title={exactly(at)}>
            {ago(at)}
          </time>
          <span title={targetId}>
            {targetType} {UUID.test(targetId) ? shortId(targetId) : targetId}
          </span>
          {repeated > 1 && <span>{repeated} times within a minute</span>}
          {address && <span>{address}</span>}
          {reason && (
            <span className="row-why">
              <Prose text={reason} />
            </span>
          )}
        </p>
      </div>
    </li>
  );
}
