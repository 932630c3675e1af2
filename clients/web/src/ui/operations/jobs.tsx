/** Jobs that wait on a queue or are in work, looked at without taking them. */

import { useCallback } from "react";

import { api, must } from "../../api/client";
import type { QueuedJobBody } from "../../api/schema.gen";
import { ago, exactly, span } from "../../lib/time";
import { useLive } from "../../live/poll";
import { Area, Badge, Empty, shortId } from "./parts";

const MOST = 50;

export function Jobs({ queue }: { readonly queue: string }) {
  const load = useCallback(
    () => must(api.GET("/api/queues/{queue}/jobs", { params: { path: { queue }, query: { limit: MOST } } })),
    [queue],
  );
  return (
    <Area live={useLive(load)} isEmpty={({ items }) => items.length === 0} empty={<Empty icon="check" title="Nothing waits" />}>
      {({ items }) => (
        <>
          <ul className="letters" aria-label={`Jobs of ${queue}`}>
            {items.map((job) => (
              <Job key={`${job.place} ${job.entryId}`} queued={job} />
            ))}
          </ul>
          {items.length === MOST && <p className="panel-note">The first {MOST} are shown.</p>}
        </>
      )}
    </Area>
  );
}

function Job({ queued }: { readonly queued: QueuedJobBody }) {
  const { place, job, holder, due, attempt, concealed } = queued;
  return (
    <li className="letter">
      <div className="job">
        <Badge tone={holder ? "busy" : "idle"}>{holder ? "in work" : place}</Badge>
        <p className="row-meta">
          <span title={job?.id}>{job ? `job ${shortId(job.id)}` : concealed ? "a job of another workspace" : "unreadable"}</span>
          {job && (
            <time dateTime={job.createdAt} title={exactly(job.createdAt)}>
              {ago(job.createdAt)}
            </time>
          )}
          {job && <span>priority {job.priority}</span>}
          {attempt > 1 && <span>attempt {attempt}</span>}
          {due && <span title={exactly(due)}>due {ago(due)}</span>}
          {holder && <span title={holder.consumer}>heard of {span(holder.silentMs)} ago</span>}
          {job?.orderingKey && <span>key {job.orderingKey}</span>}
        </p>
      </div>
      {job && (
        <details className="letter-data">
          <summary>Data</summary>
          <pre>{dataText(job)}</pre>
        </details>
      )}
    </li>
  );
}

/** What a job is about, as it is read. */
export function dataText(job: { readonly data: unknown; readonly dataBytes: number }): string {
  if (job.data === null || job.data === undefined) return `(${job.dataBytes} bytes, too long to show)`;
  return typeof job.data === "string" ? job.data : JSON.stringify(job.data, null, 2);
}
