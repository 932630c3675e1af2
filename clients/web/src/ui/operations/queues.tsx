/** The task queues: their numbers, and what can be done with them. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { QueueBody } from "../../api/schema.gen";
import { ago, exactly, span } from "../../lib/time";
import { useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { Icon } from "../icons";
import { Menu } from "../menu";
import { Prose } from "../prose";
import { AskReason } from "../reason";
import { DeadLetters } from "./dead-letters";
import { Jobs } from "./jobs";
import { Area, Badge, Empty } from "./parts";

const load = () => must(api.GET("/api/queues"));

/** All workspaces share them: only from the home workspace they are commanded. */
export function QueueList({ commands }: { readonly commands: boolean }) {
  const live = useLive(load);
  const [rebuilding, setRebuilding] = useState(false);
  const done = () => void live.refresh();
  const rebuild = async (reason: string) => {
    const { items } = await must(api.POST("/api/queues/rebuild", { body: { reason } }));
    note(`${items.length} queues were rebuilt, with ${jobs(items.reduce((sum, one) => sum + one.pushed, 0))} of record.`);
    done();
  };
  return (
    <section aria-label="Queues" className="panel">
      <div className="filters">
        <p className="panel-note">What is to be done, before somebody does it.</p>
        {commands && (
          <button type="button" className="button small" onClick={() => setRebuilding(true)}>
            <Icon name="retry" size={14} />
            Rebuild all…
          </button>
        )}
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="queue" title="No queue is there yet" text="One appears with its first job." />}
      >
        {({ items }) => items.map((queue) => <Queue key={queue.name} queue={queue} commands={commands} onDone={done} />)}
      </Area>
      {rebuilding && (
        <AskReason
          title="Rebuild all queues?"
          text="What waits in Valkey is removed, and what is undone on record is queued again. What is in work or dead stays."
          action="Rebuild"
          placeholder="Why? It is written down"
          onConfirm={rebuild}
          onClose={() => setRebuilding(false)}
        />
      )}
    </section>
  );
}

function jobs(number: number): string {
  return number === 1 ? "1 job" : `${number} jobs`;
}

type Verb = "pause" | "resume" | "drain" | "rebuild";

interface Words {
  readonly title: string;
  readonly text: string;
  readonly action: string;
}

const WORDS: Readonly<Record<Verb, Words>> = {
  pause: {
    title: "Pause this queue?",
    text: "Nobody gets another job of it until it is resumed, through every restart. Jobs in work are finished.",
    action: "Pause",
  },
  resume: { title: "Resume this queue?", text: "Its jobs are handed out again.", action: "Resume" },
  drain: {
    title: "Drain this queue?",
    text: "Everything that waits moves to its dead letters, with your reason. Nothing is lost, and it can be put back from there.",
    action: "Drain",
  },
  rebuild: {
    title: "Rebuild this queue?",
    text: "What waits in Valkey is removed, and what is undone on record is queued again. What is in work or dead stays.",
    action: "Rebuild",
  },
};

/** Does it, and says how it went. */
async function command(verb: Verb, queue: string, reason: string): Promise<string> {
  const request = { params: { path: { queue } }, body: { reason } };
  switch (verb) {
    case "pause":
      await must(api.POST("/api/queues/{queue}/pause", request));
      return "The queue is paused.";
    case "resume":
      await must(api.POST("/api/queues/{queue}/resume", request));
      return "The queue goes on.";
    case "drain": {
      const { drained } = await must(api.POST("/api/queues/{queue}/drain", request));
      return `${jobs(drained)} moved to the dead letters.`;
    }
    case "rebuild": {
      const { pushed } = await must(api.POST("/api/queues/{queue}/rebuild", request));
      return `The queue was rebuilt, with ${jobs(pushed)} of record.`;
    }
  }
}

interface QueueProps {
  readonly queue: QueueBody;
  readonly commands: boolean;
  readonly onDone: () => void;
}

function Queue({ queue, commands, onDone }: QueueProps) {
  const { name, pause, dead, waiting, pending, delayed, ordered } = queue;
  const living = waiting + pending + delayed + ordered;
  const [asking, setAsking] = useState<Verb>();
  const [open, setOpen] = useState<"jobs" | "dead">();
  const turn: Verb = pause ? "resume" : "pause";
  return (
    <article className="queue" aria-label={`Queue ${name}`}>
      <header>
        <h2>{name}</h2>
        <Badge tone={pause ? "warn" : "good"}>{pause ? "paused" : "open"}</Badge>
        {commands && (
          <>
            <button type="button" className="button small" onClick={() => setAsking(turn)}>
              <Icon name={pause ? "play" : "pause"} size={14} />
              {WORDS[turn].action}
            </button>
            <Menu
              label={`More for ${name}`}
              className="icon-button small"
              button={<Icon name="more" size={16} />}
              choices={[
                { key: "rebuild", label: "Rebuild…", hint: "From the record", icon: <Icon name="retry" size={16} />, choose: () => setAsking("rebuild") },
                {
                  key: "drain",
                  label: "Drain…",
                  hint: "What waits becomes dead letters",
                  icon: <Icon name="arrowDown" size={16} />,
                  danger: true,
                  choose: () => setAsking("drain"),
                },
              ]}
            />
          </>
        )}
      </header>
      {pause && (
        <p className="queue-pause">
          <Icon name="pause" size={15} />
          <span>
            <Prose text={pause.reason} />
            <small>
              {pause.by},{" "}
              <time dateTime={pause.at} title={exactly(pause.at)}>
                {ago(pause.at)}
              </time>
            </small>
          </span>
        </p>
      )}
      <Numbers queue={queue} />
      <div className="toggles">
        {(living > 0 || open === "jobs") && (
          <Toggle label={jobs(living)} open={open === "jobs"} onToggle={(on) => setOpen(on ? "jobs" : undefined)} />
        )}
        {(dead > 0 || open === "dead") && (
          <Toggle
            label={dead === 1 ? "1 dead letter" : `${dead} dead letters`}
            open={open === "dead"}
            onToggle={(on) => setOpen(on ? "dead" : undefined)}
          />
        )}
      </div>
      {open === "jobs" && <Jobs queue={name} />}
      {open === "dead" && <DeadLetters queue={name} onDone={onDone} />}
      {asking && (
        <AskReason
          {...WORDS[asking]}
          title={WORDS[asking].title.replace("this queue", name)}
          placeholder="Why? Other operators see it, and it is written down"
          danger={asking === "drain"}
          onConfirm={async (reason) => {
            note(await command(asking, name, reason));
            onDone();
          }}
          onClose={() => setAsking(undefined)}
        />
      )}
    </article>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly open: boolean;
  readonly onToggle: (open: boolean) => void;
}

function Toggle({ label, open, onToggle }: ToggleProps) {
  return (
    <button type="button" className="ghost" aria-expanded={open} onClick={() => onToggle(!open)}>
      <Icon name={open ? "down" : "chevron"} size={14} />
      {label}
    </button>
  );
}

function Numbers({ queue }: { readonly queue: QueueBody }) {
  const { waiting, pending, delayed, ordered, dead, lanes, oldestAgeMs } = queue;
  const numbers: readonly (readonly [string, number, string])[] = [
    ["waiting", waiting, `high ${lanes.high}, normal ${lanes.normal}, low ${lanes.low}, in work included`],
    ["in work", pending, "taken by somebody"],
    ["delayed", delayed, "to come later"],
    ["in line", ordered, "behind another one of their key"],
    ["dead", dead, "given up on"],
  ];
  return (
    <>
      <dl className="numbers">
        {numbers.map(([label, number, title]) => (
          <div key={label} title={title} className={label === "dead" && number > 0 ? "bad" : number === 0 ? "none" : undefined}>
            <dt>{label}</dt>
            <dd>{number.toLocaleString("en")}</dd>
          </div>
        ))}
      </dl>
      {oldestAgeMs != null && waiting > 0 && (
        <p className="row-meta">
          <span>the oldest waits for {span(oldestAgeMs)}</span>
          <span>
            high {lanes.high} · normal {lanes.normal} · low {lanes.low}
          </span>
        </p>
      )}
    </>
  );
}
