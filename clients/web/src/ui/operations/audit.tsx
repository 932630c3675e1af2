/** Who commanded what. */

import { useCallback, useState } from "react";

import { api, must } from "../../api/client";
import { upTo } from "../../api/pages";
import type { AuditBody } from "../../api/schema.gen";
import { ago, exactly } from "../../lib/time";
import { useLive } from "../../live/poll";
import { Prose } from "../prose";
import { Area, Badge, Empty, Select, shortId } from "./parts";

const PAGE = 50;
const KINDS = [
  ["", "Everything"],
  ["run.*", "Runs"],
  ["worker.*", "Workers"],
  ["queue.*", "Queues"],
] as const;

export function AuditLog() {
  const [action, setAction] = useState<(typeof KINDS)[number][0]>("");
  const [wanted, setWanted] = useState(PAGE);
  const load = useCallback(
    () =>
      upTo(wanted, (limit, cursor) => {
        const query = { limit, ...(action ? { action } : {}), ...(cursor ? { cursor } : {}) };
        return must(api.GET("/api/audit", { params: { query } }));
      }),
    [action, wanted],
  );
  const live = useLive(load);
  return (
    <section aria-label="Audit" className="panel">
      <div className="filters">
        <Select label="Kind" value={action} options={KINDS} onChoose={setAction} />
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="list" title="Nobody commanded anything" text="What people do to runs, workers and queues is written down here." />}
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

const TONES: Readonly<Record<string, string>> = { done: "good", requested: "asked", unchanged: "idle", refused: "warn", denied: "bad" };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function Entry({ entry }: { readonly entry: AuditBody }) {
  const { actor, action, targetType, targetId, reason, outcome, address, at } = entry;
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
