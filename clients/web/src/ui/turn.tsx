/** One turn: what the person said and what the agent made of it. */

import { memo, useEffect, useRef, useState } from "react";

import { pausedBecause } from "../live/run-commands";
import type { Asked, ThreadStore } from "../live/thread-store";
import { exactly } from "../lib/time";
import { answer, isActive, type Part, type Run } from "../log/run";
import type { Outgoing, Turn } from "../log/thread";
import { Icon } from "./icons";
import { Markdown } from "./markdown";
import { Elapsed, Memories, Thinking, Tool } from "./parts";
import { Prose } from "./prose";

interface TurnProps {
  readonly turn: Turn;
  readonly store: ThreadStore;
  /** What its run was asked to do and has not done yet. */
  readonly asked: Asked["what"] | undefined;
}

export const TurnView = memo(function TurnView({ turn, store, asked }: TurnProps) {
  const { run, messages, outgoing } = turn;
  const place = useRef<HTMLDivElement>(null);
  const runId = messages.find((message) => message.runId)?.runId;
  useEffect(() => {
    const element = place.current;
    if (run || !runId || !element) return;
    // How an old answer came about is looked up when somebody looks at it.
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      void store.loadRun(runId);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [run, runId, store]);

  const said = messages.filter((message) => message.role === "user");
  const stored = messages.filter((message) => message.role !== "user");
  const waits = run ? run.state === "queued" && run.seq === 0 : stored.length === 0;
  return (
    <div className="turn" ref={place}>
      {said.map((message) => (
        <UserMessage key={message.id} content={message.content} time={message.createdAt} />
      ))}
      {run && <RunView run={run} store={store} asked={asked} />}
      {(!run || !answer(run)) &&
        stored.map((message) => (
          <div key={message.id} className="answer">
            <Markdown text={message.content} />
          </div>
        ))}
      {outgoing.map((one) => (
        <OutgoingMessage key={one.key} one={one} waits={waits} store={store} />
      ))}
    </div>
  );
});

function UserMessage({ content, time }: { readonly content: string; readonly time: string }) {
  return (
    <div className="said" title={exactly(time)}>
      <div className="bubble">{content}</div>
    </div>
  );
}

function OutgoingMessage({ one, waits, store }: { readonly one: Outgoing; readonly waits: boolean; readonly store: ThreadStore }) {
  const failed = one.state === "failed";
  return (
    <div className={`said ${one.state}`}>
      <div className="bubble">{one.content}</div>
      {one.state === "sending" && <p className="said-note">Sending…</p>}
      {one.state === "sent" && waits && one.delivery === "wait" && <p className="said-note">Waits for the answer before it</p>}
      {failed && (
        <div className="said-note problem" role="alert">
          <span>
            Not sent. <Prose text={one.problem ?? ""} />
          </span>
          <button type="button" className="link" onClick={() => void store.retry(one)}>
            Try again
          </button>
          <button type="button" className="link" onClick={() => store.discard(one.key)}>
            Discard
          </button>
        </div>
      )}
    </div>
  );
}

interface RunProps {
  readonly run: Run;
  readonly store: ThreadStore;
  readonly asked: Asked["what"] | undefined;
}

function RunView({ run, store, asked }: RunProps) {
  const active = isActive(run);
  return (
    <>
      {run.parts.map((part, index) => {
        const last = index === run.parts.length - 1;
        // Parts only ever come behind the last one, so their place is their name.
        // oxlint-disable-next-line no-array-index-key
        return <PartView key={index} part={part} active={active && last} />;
      })}
      {run.state === "paused" && asked !== "resume" && <Paused run={run} store={store} />}
      {active && (run.state !== "paused" || asked === "resume") && <Progress run={run} asked={asked} />}
      {!active && <Ending run={run} store={store} />}
    </>
  );
}

function PartView({ part, active }: { readonly part: Part; readonly active: boolean }) {
  switch (part.kind) {
    case "user":
      return <UserMessage content={part.content} time={part.time} />;
    case "text":
      return (
        <div className={active ? "answer streaming" : "answer"}>
          <Markdown text={part.text} />
        </div>
      );
    case "thinking":
      return <Thinking part={part} active={active} />;
    case "tool":
      return <Tool part={part} />;
    case "memory":
      return <Memories part={part} />;
  }
}

/** It has halted: by whom or why, and the way on. */
function Paused({ run, store }: { readonly run: Run; readonly store: ThreadStore }) {
  return (
    <div className="paused">
      <Icon name="pause" size={17} />
      <div>
        <p>
          <Prose text={pausedBecause(run.reason)} />
        </p>
        <p className="muted">Nothing is lost. What you add now is read when it goes on.</p>
      </div>
      <button type="button" className="button" onClick={() => void store.resume()}>
        <Icon name="play" size={15} />
        Resume
      </button>
    </div>
  );
}

function Progress({ run, asked }: { readonly run: Run; readonly asked: Asked["what"] | undefined }) {
  const last = run.parts.at(-1);
  const visible = last?.kind === "text" || (last?.kind === "thinking" && !last.ended) || (last?.kind === "tool" && last.state === "running");
  if (visible && !run.note && !asked) return null;
  const usual = run.note || (run.state === "queued" ? "Waiting for a worker" : "Working");
  const text = asked ? { pause: "Halts after this step", resume: "Goes on in a moment" }[asked] : usual;
  return (
    <div className="progress">
      <span className="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="progress-text">{text}</span>
      {run.began && <Elapsed since={run.began} />}
    </div>
  );
}

function Ending({ run, store }: { readonly run: Run; readonly store: ThreadStore }) {
  const text = answer(run);
  const asked = run.parts.findLast((part) => part.kind === "user");
  const again = asked?.kind === "user" && (
    <button type="button" className="link" onClick={() => void store.send(asked.content, "steer")}>
      Ask again
    </button>
  );
  if (run.state === "completed") return text ? <CopyAnswer text={text} /> : null;
  if (run.state === "cancelled") {
    return (
      <div className="ending">
        <Icon name="stop" size={15} />
        <span>
          <Prose text={sentence(run.reason || "stopped")} />
        </span>
        {again}
      </div>
    );
  }
  return (
    <div className="ending failed" role="alert">
      <Icon name="alert" size={16} />
      <div>
        <p>{run.state === "killed" ? "This was ended by force." : "This could not be answered."}</p>
        {run.reason && (
          <p className="muted">
            <Prose text={run.reason} />
          </p>
        )}
        {again}
      </div>
    </div>
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function CopyAnswer({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_600);
  };
  // Without https there is no clipboard.
  if (!window.isSecureContext) return null;
  return (
    <div className="answer-actions">
      <button type="button" className="icon-button small" aria-label={copied ? "Copied" : "Copy answer"} onClick={() => void copy()}>
        <Icon name={copied ? "check" : "copy"} size={15} />
      </button>
    </div>
  );
}

/** A longer answer is read where it stands. */
const BRIEF = 300;

/** What happens, for those who hear the page: not every word, but each change. */
export function spoken(run: Run | undefined): string {
  if (!run) return "";
  const last = run.parts.at(-1);
  if (isActive(run)) {
    if (run.state === "paused") return "The answer is paused";
    if (last?.kind === "tool" && last.state === "running") return `The tool ${last.name} runs`;
    return run.state === "queued" ? "Your message is sent" : "The answer is being written";
  }
  if (run.state === "completed") {
    const text = answer(run);
    return text.length <= BRIEF ? `Answer: ${text}` : "The answer is complete";
  }
  return run.state === "cancelled" ? "The answer was stopped" : `The answer failed. ${run.reason ?? ""}`;
}
