/** Jobs that were given up on: looked at, put back as they were or changed, thrown away. */

import { useCallback, useState } from "react";

import { api, must } from "../../api/client";
import { upTo } from "../../api/pages";
import type { DeadJobBody } from "../../api/schema.gen";
import { ago, exactly } from "../../lib/time";
import { useLive } from "../../live/poll";
import { note, toast } from "../../live/toasts";
import { Prose } from "../prose";
import { AskReason } from "../reason";
import { EditJob, type JobData } from "./edit-job";
import { dataText } from "./jobs";
import { Area, Empty, shortId } from "./parts";

const PAGE = 20;
/** What one command puts back at the most. */
const MOST = 1_000;

interface LettersProps {
  readonly queue: string;
  readonly onDone: () => void;
}

export function DeadLetters({ queue, onDone }: LettersProps) {
  const [wanted, setWanted] = useState(PAGE);
  const load = useCallback(
    () =>
      upTo(wanted, (limit, cursor) => {
        const query = { limit, ...(cursor ? { cursor } : {}) };
        return must(api.GET("/api/queues/{queue}/dead", { params: { path: { queue }, query } }));
      }),
    [queue, wanted],
  );
  const live = useLive(load);
  const done = () => {
    void live.refresh();
    onDone();
  };
  const retryAll = async () => {
    try {
      const body = { limit: MOST };
      const { retried, more } = await must(api.POST("/api/queues/{queue}/dead/retry", { params: { path: { queue } }, body }));
      const back = retried === 1 ? "1 job is back on the queue." : `${retried} jobs are back on the queue.`;
      note(more ? `${back} Older ones were not looked at: put single ones back.` : back);
    } catch (error) {
      toast(error);
    }
    done();
  };
  return (
    <Area live={live} isEmpty={({ items }) => items.length === 0} empty={<Empty icon="check" title="No dead letters" />}>
      {({ items, more }) => (
        <>
          <ul className="letters" aria-label={`Dead letters of ${queue}`}>
            {items.map((letter) => (
              <Letter key={letter.entryId} queue={queue} letter={letter} onDone={done} />
            ))}
          </ul>
          <div className="letters-foot">
            {more && (
              <button type="button" className="ghost" onClick={() => setWanted(wanted + PAGE)}>
                Show more
              </button>
            )}
            <button type="button" className="button small" onClick={() => void retryAll()}>
              Retry all
            </button>
          </div>
        </>
      )}
    </Area>
  );
}

interface LetterProps {
  readonly queue: string;
  readonly letter: DeadJobBody;
  readonly onDone: () => void;
}

function Letter({ queue, letter, onDone }: LetterProps) {
  const { entryId, job, reason, diedAt, attempts, concealed } = letter;
  const [asking, setAsking] = useState<"edit" | "discard">();
  const [busy, setBusy] = useState(false);
  const path = { queue, entry: entryId };

  const retry = async (data?: JobData) => {
    const body = data ? { data } : {};
    await must(api.POST("/api/queues/{queue}/dead/{entry}/retry", { params: { path }, body }));
    note("The job is back on the queue.");
    onDone();
  };
  const asItWas = async () => {
    setBusy(true);
    try {
      await retry();
    } catch (error) {
      toast(error);
    }
    setBusy(false);
  };
  const discard = async (why: string) => {
    const query = why ? { reason: why } : {};
    await must(api.DELETE("/api/queues/{queue}/dead/{entry}", { params: { path, query } }));
    note("The job is gone.");
    onDone();
  };

  return (
    <li className="letter">
      <p className="letter-why">{reason ? <Prose text={reason} /> : concealed ? "A job of another workspace" : "No reason is known"}</p>
      <p className="row-meta">
        {job && <span title={job.id}>job {shortId(job.id)}</span>}
        <time dateTime={diedAt} title={exactly(diedAt)}>
          {ago(diedAt)}
        </time>
        <span>{attempts === 1 ? "1 attempt" : `${attempts} attempts`}</span>
        {job && <span>priority {job.priority}</span>}
        {job?.orderingKey && <span>key {job.orderingKey}</span>}
      </p>
      {job && (
        <details className="letter-data">
          <summary>Data</summary>
          <pre>{dataText(job)}</pre>
        </details>
      )}
      {!concealed && (
        <div className="letter-actions">
          <button type="button" className="button small" disabled={busy || !job} onClick={() => void asItWas()}>
            Retry
          </button>
          <button type="button" className="button small" disabled={busy || job?.data == null} onClick={() => setAsking("edit")}>
            Edit and retry…
          </button>
          <button type="button" className="button small quiet-danger" disabled={busy} onClick={() => setAsking("discard")}>
            Discard…
          </button>
        </div>
      )}
      {asking === "edit" && job && <EditJob data={dataText(job)} onRetry={retry} onClose={() => setAsking(undefined)} />}
      {asking === "discard" && (
        <AskReason
          title="Discard this job?"
          text="It is gone for good, on record too: what it was to do is never done."
          action="Discard"
          placeholder="It is written down"
          optional
          danger
          onConfirm={discard}
          onClose={() => setAsking(undefined)}
        />
      )}
    </li>
  );
}
