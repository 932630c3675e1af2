/** The workers: what each takes, what it holds, and whether it takes any more. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { WorkerBody } from "../../api/schema.gen";
import { exactly, span } from "../../lib/time";
import { useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { Prose } from "../prose";
import { AskReason } from "../reason";
import { Area, Badge, Empty, shortId, useSecond } from "./parts";

const load = () => must(api.GET("/api/workers"));
/** Workers are heard of more often than this. */
const SILENT_MS = 15_000;

/** All workspaces share them: only from the home workspace they are commanded. */
export function WorkerList({ commands }: { readonly commands: boolean }) {
  const live = useLive(load);
  const now = useSecond();
  return (
    <section aria-label="Workers" className="panel">
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="worker" title="No worker is there" text="Runs wait until one is. `mosaic doctor` tells more." />}
      >
        {({ items }) => (
          <>
            <p className="panel-note">{total(items)}</p>
            <ul className="rows" aria-label="Workers">
              {items.map((worker) => (
                <WorkerRow key={worker.id} worker={worker} commands={commands} now={now} onDone={() => void live.refresh()} />
              ))}
            </ul>
          </>
        )}
      </Area>
    </section>
  );
}

function total(workers: readonly WorkerBody[]): string {
  const running = workers.reduce((sum, worker) => sum + worker.running, 0);
  const free = workers.filter((worker) => !worker.draining);
  const capacity = free.reduce((sum, worker) => sum + (worker.capacity ?? 0), 0);
  const many = workers.length === 1 ? "1 worker" : `${workers.length} workers`;
  return `${many} · ${running} running · room for ${capacity} at once`;
}

interface RowProps {
  readonly worker: WorkerBody;
  readonly commands: boolean;
  readonly now: number;
  readonly onDone: () => void;
}

function WorkerRow({ worker, commands, now, onDone }: RowProps) {
  const { id, version, running, capacity, draining, drainReason, startedAt, heartbeatAt } = worker;
  const [asking, setAsking] = useState(false);
  const silent = now - Date.parse(heartbeatAt);
  const tone = draining ? "warn" : silent > SILENT_MS ? "bad" : "good";
  const verb = draining ? "resume" : "drain";

  const command = async (reason: string) => {
    const request = { params: { path: { id } }, body: { reason } };
    if (draining) await must(api.POST("/api/workers/{id}/resume", request));
    else await must(api.POST("/api/workers/{id}/drain", request));
    note(draining ? "The worker takes runs again." : "The worker takes no more runs.");
    onDone();
  };

  return (
    <li className="row">
      <Badge tone={tone}>{draining ? "draining" : silent > SILENT_MS ? "silent" : "ready"}</Badge>
      <div className="row-main">
        <p className="row-title" title={id}>
          Worker {shortId(id)}
        </p>
        <p className="row-meta">
          <span>heard of {silent < 1_000 ? "now" : `${span(silent)} ago`}</span>
          <time dateTime={startedAt} title={exactly(startedAt)}>
            up {span(now - Date.parse(startedAt))}
          </time>
          <span>version {version}</span>
          {drainReason && (
            <span className="row-why">
              <Prose text={drainReason} />
            </span>
          )}
        </p>
        <Load running={running} capacity={capacity ?? undefined} />
      </div>
      <div className="row-actions">
        {commands && (
          <button type="button" className="button small" onClick={() => setAsking(true)}>
            {draining ? "Resume" : "Drain"}
          </button>
        )}
      </div>
      {asking && (
        <AskReason
          title={draining ? "Let this worker take runs again?" : "Drain this worker?"}
          text={
            draining
              ? "It takes runs from the queue as before."
              : "It takes no more runs and finishes those in hand. It stays so until it is resumed or ends."
          }
          action={verb === "drain" ? "Drain" : "Resume"}
          placeholder="Why? It is written down"
          onConfirm={command}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

/** How much of what it takes it holds. */
function Load({ running, capacity }: { readonly running: number; readonly capacity: number | undefined }) {
  if (!capacity) return <p className="load-text">{running} running</p>;
  return (
    <div className="load">
      <meter min={0} max={capacity} value={Math.min(running, capacity)} aria-label="Runs in hand" />
      <span className="load-text">
        {running} of {capacity} running
      </span>
    </div>
  );
}
