/** The frames of a run's log, as docs/reference/events.md describes them. */

export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
}

/** One event. `epoch` and `seq` are missing in what is in no log: a sign of life of the gateway itself. */
export interface Frame {
  readonly id?: string;
  readonly type: string;
  readonly time: string;
  readonly conversationId: string;
  readonly runId: string;
  readonly epoch?: number;
  readonly seq?: number;
  readonly data: Data;
}

/** All that events may carry. Canonical JSON leaves out what is empty, so nothing is certain to be there. */
export interface Data {
  readonly messageId?: string;
  readonly content?: string;
  readonly workerId?: string;
  readonly agent?: string;
  readonly model?: string;
  readonly rewindTo?: number;
  readonly step?: number;
  readonly kind?: string;
  readonly text?: string;
  readonly callId?: string;
  readonly name?: string;
  readonly arguments?: unknown;
  readonly outcome?: string;
  readonly output?: string;
  readonly usage?: Usage;
  readonly durationMs?: number;
  readonly note?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly memoryIds?: readonly string[];
}

/** The types that are followed here; others are passed over. */
export const EVENT_TYPES = [
  "run.accepted",
  "run.started",
  "run.resumed",
  "run.progress",
  "run.paused",
  "run.completed",
  "run.failed",
  "run.cancelled",
  "run.killed",
  "message.added",
  "memory.recalled",
  "step.started",
  "step.completed",
  "text.delta",
  "thinking.delta",
  "tool.started",
  "tool.completed",
] as const;

/** Reads what a stream sent; nothing if it is no frame. */
export function parseFrame(text: string): Frame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const frame = value as Partial<Frame> | null;
  if (typeof frame?.runId !== "string" || typeof frame.type !== "string") return undefined;
  return { ...(frame as Frame), data: frame.data ?? {} };
}
