/** One run, folded from its log: pure, so that it is the same however often and over whatever connections the log came. */

import type { Data, Frame, Usage } from "./frame";

export type RunState = "queued" | "running" | "paused" | "completed" | "failed" | "cancelled" | "killed";
/** `waiting` is asked for, but not begun: its run halted before. */
export type ToolState = "running" | "waiting" | "succeeded" | "failed" | "unknown";

export interface UserPart {
  readonly kind: "user";
  readonly messageId: string;
  readonly content: string;
  readonly time: string;
}

export interface TextPart {
  readonly kind: "text";
  readonly step: number;
  readonly text: string;
}

export interface ThinkingPart {
  readonly kind: "thinking";
  readonly step: number;
  readonly text: string;
  readonly began: string;
  /** When something else came; missing while it goes on. */
  readonly ended?: string;
}

export interface ToolPart {
  readonly kind: "tool";
  readonly step: number;
  readonly callId: string;
  readonly name: string;
  readonly arguments: unknown;
  readonly state: ToolState;
  readonly output?: string;
  readonly durationMs?: number;
}

export interface MemoryPart {
  readonly kind: "memory";
  readonly ids: readonly string[];
}

export type Part = UserPart | TextPart | ThinkingPart | ToolPart | MemoryPart;

export interface Run {
  readonly id: string;
  readonly state: RunState;
  /** The last event that was folded in. Order is by epoch, then seq. */
  readonly epoch: number;
  readonly seq: number;
  readonly parts: readonly Part[];
  readonly agent?: string;
  readonly model?: string;
  readonly note?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly usage: Required<Usage>;
  readonly began?: string;
  readonly ended?: string;
  /** What still holds of the log, to fold it anew when a part of it becomes void. */
  readonly log: readonly Frame[];
}

const NO_USAGE: Required<Usage> = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

export function newRun(id: string): Run {
  return { id, state: "queued", epoch: 0, seq: 0, parts: [], usage: NO_USAGE, log: [] };
}

export function isActive(run: Run): boolean {
  return run.state === "queued" || run.state === "running" || run.state === "paused";
}

/** The text of the answer; texts of different steps are paragraphs of their own. */
export function answer(run: Run): string {
  return run.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n\n");
}

/** Takes in the next frame. What was there before changes nothing. */
export function applyFrame(run: Run, frame: Frame): Run {
  const { epoch, seq } = frame;
  if (epoch === undefined || seq === undefined) {
    return isActive(run) && frame.type === "run.progress" ? withNote(run, frame.data.note) : run;
  }
  if (epoch < run.epoch || (epoch === run.epoch && seq <= run.seq)) return run;
  const base = frame.type === "run.resumed" ? rewind(run, frame.data.rewindTo ?? 0) : run;
  const folded = fold(base, frame);
  return { ...folded, epoch, seq, log: isActive(folded) ? [...base.log, frame] : [] };
}

function withNote(run: Run, note: string | undefined): Run {
  const { note: _, ...rest } = run;
  return note ? { ...rest, note } : rest;
}

/** Another worker goes on behind `rewindTo`: what came after it was never recorded and counts no more. */
function rewind(run: Run, rewindTo: number): Run {
  const log = run.log.filter((frame) => (frame.seq ?? 0) <= rewindTo);
  return { ...log.reduce(fold, newRun(run.id)), log };
}

function fold(run: Run, frame: Frame): Run {
  const next = change(run.note && frame.type !== "run.progress" ? withNote(run, undefined) : run, frame);
  return next.began ? next : { ...next, began: frame.time };
}

function change(run: Run, { type, data, time }: Frame): Run {
  const step = data.step ?? 0;
  switch (type) {
    case "run.accepted":
    case "message.added": {
      const { messageId = "", content = "" } = data;
      return add(run, { kind: "user", messageId, content, time }, time);
    }
    case "run.started":
      return { ...goOn(run), state: "running", agent: data.agent ?? "", model: data.model ?? "" };
    case "run.resumed":
      return { ...goOn(run), state: "running" };
    case "run.paused":
      return pause(run, data, time);
    case "text.delta":
      return addText(run, step, data.text ?? "", time);
    case "thinking.delta":
      return addThinking(run, step, data.text ?? "", time);
    case "tool.started":
      return add(run, startedTool(data), time);
    case "tool.completed":
      return completeTool(run, data, time);
    case "step.completed":
      return completeStep(run, data);
    case "memory.recalled":
      return add(run, { kind: "memory", ids: data.memoryIds ?? [] }, time);
    case "run.progress":
      return withNote(run, data.note);
    case "run.completed":
      return complete(run, data, time);
    case "run.failed":
      return end(run, "failed", data, time);
    case "run.cancelled":
      return end(run, "cancelled", data, time);
    case "run.killed":
      return end(run, "killed", data, time);
    default:
      return run;
  }
}

/** It halts between two steps: thinking is over until it goes on, and tools that were asked for have not begun. */
function pause(run: Run, data: Data, time: string): Run {
  const why = data.reason ? { reason: data.reason } : {};
  const parts = withTools(closeThinking(run.parts, time), "running", "waiting");
  return { ...run, ...why, state: "paused", parts };
}

/** Why it was paused counts no more, and what waited begins. */
function goOn(run: Run): Run {
  const { reason: _, ...rest } = run;
  return { ...rest, parts: withTools(run.parts, "waiting", "running") };
}

function withTools(parts: readonly Part[], from: ToolState, to: ToolState): readonly Part[] {
  return parts.map((part) => (part.kind === "tool" && part.state === from ? { ...part, state: to } : part));
}

/** Adds a part behind the last one, which ends thinking. */
function add(run: Run, part: Part, time: string): Run {
  return { ...run, parts: [...closeThinking(run.parts, time), part] };
}

function closeThinking(parts: readonly Part[], time: string): readonly Part[] {
  const last = parts.at(-1);
  if (last?.kind !== "thinking" || last.ended) return parts;
  return [...parts.slice(0, -1), { ...last, ended: time }];
}

function addText(run: Run, step: number, text: string, time: string): Run {
  const last = run.parts.at(-1);
  if (last?.kind !== "text" || last.step !== step) return add(run, { kind: "text", step, text }, time);
  return { ...run, parts: [...run.parts.slice(0, -1), { ...last, text: last.text + text }] };
}

function addThinking(run: Run, step: number, text: string, time: string): Run {
  const last = run.parts.at(-1);
  if (last?.kind !== "thinking" || last.step !== step || last.ended) {
    return add(run, { kind: "thinking", step, text, began: time }, time);
  }
  return { ...run, parts: [...run.parts.slice(0, -1), { ...last, text: last.text + text }] };
}

function startedTool(data: Data): ToolPart {
  const { step = 0, callId = "", name = "" } = data;
  return { kind: "tool", step, callId, name, arguments: data.arguments, state: "running" };
}

const OUTCOMES: Readonly<Record<string, ToolState>> = {
  TOOL_OUTCOME_SUCCEEDED: "succeeded",
  TOOL_OUTCOME_FAILED: "failed",
};

/** A call that was started before the worker changed may end without having been seen to start. */
function completeTool(run: Run, data: Data, time: string): Run {
  const state = OUTCOMES[data.outcome ?? ""] ?? "unknown";
  const done = { state, output: data.output ?? "" };
  const index = run.parts.findLastIndex(
    (part) => part.kind === "tool" && part.step === (data.step ?? 0) && part.state === "running",
  );
  const open = run.parts[index];
  if (open?.kind !== "tool") return add(run, { ...startedTool(data), ...done }, time);
  return { ...run, parts: run.parts.with(index, { ...open, ...done }) };
}

function completeStep(run: Run, data: Data): Run {
  const { usage = {}, step = 0, durationMs = 0 } = data;
  const parts = run.parts.map((part) =>
    part.kind === "tool" && part.step === step ? { ...part, durationMs } : part,
  );
  return { ...run, parts, usage: sum(run.usage, usage) };
}

function sum(a: Required<Usage>, b: Usage): Required<Usage> {
  return {
    inputTokens: a.inputTokens + (b.inputTokens ?? 0),
    outputTokens: a.outputTokens + (b.outputTokens ?? 0),
    cacheReadTokens: a.cacheReadTokens + (b.cacheReadTokens ?? 0),
    cacheWriteTokens: a.cacheWriteTokens + (b.cacheWriteTokens ?? 0),
  };
}

function complete(run: Run, data: Data, time: string): Run {
  const content = data.content ?? "";
  const whole = content && !answer(run) ? addText(run, 0, content, time) : run;
  return { ...end(whole, "completed", {}, time), usage: data.usage ? sum(NO_USAGE, data.usage) : run.usage };
}

function end(run: Run, state: RunState, data: Data, time: string): Run {
  const parts = withTools(closeThinking(run.parts, time), "running", "unknown");
  const { reason: _, ...rest } = run;
  const why = { ...(data.code ? { code: data.code } : {}), ...(data.reason ? { reason: data.reason } : {}) };
  return { ...rest, ...why, state, parts, ended: time };
}
