/** The parts of an answer besides its text: thinking, tools, memory. */

import { useEffect, useState } from "react";

import { api, must } from "../api/client";
import { duration } from "../lib/time";
import type { MemoryPart, ThinkingPart, ToolPart, ToolState } from "../log/run";
import { Icon, Spinner } from "./icons";
import { follow } from "./sidebar";

export function Thinking({ part, active }: { readonly part: ThinkingPart; readonly active: boolean }) {
  const busy = active && !part.ended;
  const took = part.ended ? Date.parse(part.ended) - Date.parse(part.began) : 0;
  return (
    <details className="block thinking">
      <summary>
        <span className="block-icon">{busy ? <Spinner /> : <Icon name="thinking" size={15} />}</span>
        <span className={busy ? "shimmer" : undefined}>{busy ? "Thinking…" : "Thought"}</span>
        {took >= 1_000 && <span className="block-meta">{duration(took)}</span>}
        <Icon name="chevron" size={14} />
      </summary>
      <div className="block-body thinking-text">{part.text}</div>
    </details>
  );
}

const STATES: Readonly<Record<ToolState, string>> = {
  running: "Running",
  waiting: "Not begun",
  succeeded: "Done",
  failed: "Failed",
  unknown: "Outcome unknown",
};

export function Tool({ part }: { readonly part: ToolPart }) {
  const given = argumentsOf(part.arguments);
  return (
    <details className={`block tool ${part.state}`}>
      <summary>
        <span className="block-icon">
          <ToolIcon state={part.state} />
        </span>
        <span className="tool-name">{part.name || "tool"}</span>
        {given.brief && <span className="tool-brief">{given.brief}</span>}
        <span className="block-meta">
          {part.state === "succeeded" && part.durationMs ? duration(part.durationMs) : STATES[part.state]}
        </span>
        <Icon name="chevron" size={14} />
      </summary>
      <div className="block-body">
        <p className="block-label">Arguments</p>
        <pre>{given.whole}</pre>
        {part.output !== undefined && (
          <>
            <p className="block-label">Result</p>
            <pre>{part.output || "(nothing)"}</pre>
          </>
        )}
        {part.state === "unknown" && (
          <p className="muted">It was begun and nobody knows how it ended. It was not repeated, and the agent was told so.</p>
        )}
      </div>
    </details>
  );
}

function ToolIcon({ state }: { readonly state: ToolState }) {
  if (state === "running") return <Spinner />;
  const name = ({ waiting: "pause", succeeded: "check", failed: "alert", unknown: "question" } as const)[state];
  return <Icon name={name} size={15} />;
}

function argumentsOf(value: unknown): { brief: string; whole: string } {
  if (value === undefined || value === null) return { brief: "", whole: "(none)" };
  if (typeof value !== "object") return { brief: String(value), whole: String(value) };
  const values = Object.values(value);
  const brief = values.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ");
  return { brief: brief.slice(0, 120), whole: values.length > 0 ? JSON.stringify(value, null, 2) : "(none)" };
}

/** What the agent was reminded of; the texts are looked up when somebody wants to see them. */
export function Memories({ part }: { readonly part: MemoryPart }) {
  const [texts, setTexts] = useState<readonly string[]>();
  const number = part.ids.length;
  if (number === 0) return null;
  const look = async () => {
    if (texts) return;
    const found = await Promise.allSettled(part.ids.map((id) => must(api.GET("/api/memory/{id}", { params: { path: { id } } }))));
    setTexts(found.map((one) => (one.status === "fulfilled" ? one.value.content : "This was forgotten.")));
  };
  return (
    <details className="block recalled" onToggle={() => void look()}>
      <summary>
        <span className="block-icon">
          <Icon name="memory" size={15} />
        </span>
        <span>{number === 1 ? "Recalled 1 memory" : `Recalled ${number} memories`}</span>
        <Icon name="chevron" size={14} />
      </summary>
      <div className="block-body">
        {!texts && <Spinner />}
        {texts?.map((text, index) => (
          // The list is looked up once and stays.
          // oxlint-disable-next-line no-array-index-key
          <blockquote key={index}>{text}</blockquote>
        ))}
        <a href="/memory" onClick={follow({ name: "memory" })}>
          Search, read and forget in Memory
        </a>
      </div>
    </details>
  );
}

/** Seconds since something began, as long as it goes on. */
export function Elapsed({ since }: { readonly since: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const ms = now - Date.parse(since);
  return ms >= 3_000 ? <span className="elapsed">{duration(Math.floor(ms / 1_000) * 1_000)}</span> : null;
}
