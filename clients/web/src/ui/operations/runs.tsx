/** Runs as those see them who may command them: where each stands, and nothing of what is said in it. */

import { useCallback, useState, type ReactNode } from "react";

import { api, must } from "../../api/client";
import { upTo } from "../../api/pages";
import type { KillScope, MeBody, RunEntryBody } from "../../api/schema.gen";
import { count, duration, exactly, span } from "../../lib/time";
import { useLive } from "../../live/poll";
import { killRun, pausedBecause, pauseRun, resumeRun, signed, stopRun } from "../../live/run-commands";
import { converses } from "../../live/session";
import { toast } from "../../live/toasts";
import { Icon } from "../icons";
import { short } from "../pickers";
import { Prose } from "../prose";
import { AskReason } from "../reason";
import { follow } from "../sidebar";
import { KillAll } from "./kill-all";
import { Action, Area, Badge, Empty, Segments, Select, shortId, useSecond } from "./parts";

const PAGE = 50;

const STATES = [
  ["active", "Active"],
  ["queued", "Queued"],
  ["running", "Running"],
  ["paused", "Paused"],
  ["ended", "Ended"],
  ["completed", "Completed"],
  ["failed", "Failed"],
  ["cancelled", "Stopped"],
  ["killed", "Killed"],
  ["", "All states"],
] as const;
type StateFilter = (typeof STATES)[number][0];

const SCOPES = [
  ["workspace", "Everybody's"],
  ["mine", "Mine"],
] as const;

interface ListProps {
  readonly me: MeBody;
  /** Whether the runs of others can be chosen, too. */
  readonly everybody: boolean;
}

export function RunList({ me, everybody }: ListProps) {
  const [scope, setScope] = useState<KillScope>(everybody ? "workspace" : "mine");
  const [state, setState] = useState<StateFilter>(everybody ? "active" : "");
  const [wanted, setWanted] = useState(PAGE);
  const [killing, setKilling] = useState(false);
  const load = useCallback(
    () =>
      upTo(wanted, (limit, cursor) => {
        const query = { scope, limit, ...(state ? { state } : {}), ...(cursor ? { cursor } : {}) };
        return must(api.GET("/api/runs", { params: { query } }));
      }),
    [scope, state, wanted],
  );
  const live = useLive(load);
  const now = useSecond();
  const done = () => void live.refresh();

  return (
    <section aria-label="Runs" className="panel">
      <div className="filters">
        {everybody && <Segments label="Whose runs" value={scope} options={SCOPES} onChoose={setScope} />}
        <Select label="State" value={state} options={STATES} onChoose={setState} />
        {converses(me) && (
          <button type="button" className="button quiet-danger" onClick={() => setKilling(true)}>
            <Icon name="kill" size={15} />
            Kill all…
          </button>
        )}
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="activity" title={state === "active" ? "Nothing runs now" : "No such runs"} text={SAYING[state]} />}
      >
        {({ items, more }) => (
          <>
            <ul className="rows" aria-label="Runs">
              {items.map((run) => (
                <RunRow key={run.id} run={run} me={me} now={now} onDone={done} />
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
      {killing && <KillAll scope={scope} onDone={done} onClose={() => setKilling(false)} />}
    </section>
  );
}

const SAYING: Readonly<Record<string, string>> = {
  active: "A run appears here as soon as somebody says something to an agent.",
  "": "A run appears here as soon as something is said to an agent.",
};

const TONES: Readonly<Record<string, string>> = {
  queued: "idle",
  running: "busy",
  paused: "warn",
  completed: "good",
  failed: "bad",
  cancelled: "idle",
  killed: "bad",
};
const LABELS: Readonly<Record<string, string>> = { cancelled: "stopped" };

interface RowProps {
  readonly run: RunEntryBody;
  readonly me: MeBody;
  readonly now: number;
  readonly onDone: () => void;
}

function RunRow({ run, me, now, onDone }: RowProps) {
  const mine = run.owner.id === me.userId;
  const name = `${run.agent} · ${run.model ? short(run.model) : "usual model"}`;
  const to = { name: "conversation", id: run.conversationId } as const;
  return (
    <li className="row">
      <Badge tone={TONES[run.state] ?? "idle"}>{LABELS[run.state] ?? run.state}</Badge>
      <div className="row-main">
        <p className="row-title">
          {mine ? (
            <a href={`/c/${run.conversationId}`} onClick={follow(to)} title="Open its conversation">
              {name}
            </a>
          ) : (
            name
          )}
        </p>
        <p className="row-meta">
          <span>{mine ? "you" : run.owner.name}</span>
          <Age run={run} now={now} />
          {run.worker && <span title={run.worker}>worker {shortId(run.worker)}</span>}
          {run.usage.inputTokens + run.usage.outputTokens > 0 && (
            <span>{count(run.usage.inputTokens + run.usage.outputTokens)} tokens</span>
          )}
          {why(run)}
        </p>
      </div>
      {converses(me) && <Actions run={run} me={me} mine={mine} onDone={onDone} />}
    </li>
  );
}

function Age({ run, now }: { readonly run: RunEntryBody; readonly now: number }) {
  const { createdAt, endedAt } = run;
  const began = Date.parse(createdAt);
  const title = endedAt ? `from ${exactly(createdAt)} to ${exactly(endedAt)}` : `since ${exactly(createdAt)}`;
  const text = endedAt ? `${span(now - Date.parse(endedAt))} ago, took ${duration(Date.parse(endedAt) - began)}` : span(now - began);
  return (
    <time dateTime={endedAt ?? createdAt} title={title}>
      {text}
    </time>
  );
}

function why(run: RunEntryBody): ReactNode {
  if (run.requested === "stop") return <span className="warn-text">stops in a moment</span>;
  if (run.requested === "pause") return <span className="warn-text">halts after this step</span>;
  const text = run.state === "paused" ? pausedBecause(run.pauseReason) : run.endReason;
  return text ? (
    <span className="row-why">
      <Prose text={text} />
    </span>
  ) : null;
}

type Verb = "pause" | "stop" | "kill";

interface ActionsProps {
  readonly run: RunEntryBody;
  readonly me: MeBody;
  readonly mine: boolean;
  readonly onDone: () => void;
}

function Actions({ run, me, mine, onDone }: ActionsProps) {
  const [asking, setAsking] = useState<Verb>();
  const [busy, setBusy] = useState(false);
  if (run.endedAt) return <span className="row-actions" />;
  const whose = mine ? "your run" : `the run of ${run.owner.name}`;
  const halts = run.state === "paused" || run.requested === "pause";

  const command = async (what: Promise<unknown>) => {
    setBusy(true);
    try {
      await what;
    } catch (error) {
      toast(error);
    }
    setBusy(false);
    onDone();
  };
  const confirm = async (reason: string) => {
    if (asking === "pause") await pauseRun(run.id, signed("paused", me.name, reason));
    if (asking === "stop") await stopRun(run.id, signed("stopped", me.name, reason));
    if (asking === "kill") await killRun(run.id, mine ? reason : signed("ended", me.name, reason));
    onDone();
  };

  return (
    <div className="row-actions">
      {halts ? (
        <Action icon="play" label={`Resume ${whose}`} title="Resume" disabled={busy} onClick={() => void command(resumeRun(run.id))} />
      ) : (
        <Action
          icon="pause"
          label={`Pause ${whose}`}
          title="Pause"
          disabled={busy}
          onClick={() => (mine ? void command(pauseRun(run.id)) : setAsking("pause"))}
        />
      )}
      <Action
        icon="stop"
        label={`Stop ${whose}`}
        title="Stop"
        disabled={busy || run.requested === "stop"}
        onClick={() => (mine ? void command(stopRun(run.id)) : setAsking("stop"))}
      />
      <Action icon="kill" label={`Kill ${whose}`} title="Kill" danger disabled={busy} onClick={() => setAsking("kill")} />
      {asking && <Ask verb={asking} whose={whose} onConfirm={confirm} onClose={() => setAsking(undefined)} />}
    </div>
  );
}

interface AskProps {
  readonly verb: Verb;
  readonly whose: string;
  readonly onConfirm: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

const WORDS: Readonly<Record<Verb, readonly [string, string]>> = {
  pause: ["Pause", "It halts after the step in hand, gives its worker back and keeps everything until it is resumed."],
  stop: ["Stop", "Its worker ends it; what it has said so far stays."],
  kill: ["Kill", "It ends at once, whether or not its worker answers. What its worker does afterwards is not kept."],
};

function Ask({ verb, whose, onConfirm, onClose }: AskProps) {
  const [action, text] = WORDS[verb];
  return (
    <AskReason
      title={`${action} ${whose}?`}
      text={text}
      action={action}
      optional={verb !== "kill"}
      danger={verb === "kill"}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
