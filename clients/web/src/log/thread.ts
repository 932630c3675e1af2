/** A conversation as it is shown: stored messages, what is on its way, and runs. Pure. */

import type { MessageBody } from "../api/schema.gen";
import type { Frame } from "./frame";
import { applyFrame, newRun, type Run } from "./run";

/** A message of the person that this page sends. */
export interface Outgoing {
  readonly key: string;
  readonly content: string;
  readonly delivery: "steer" | "wait";
  readonly state: "sending" | "sent" | "failed";
  readonly time: string;
  /** Known once it is stored. */
  readonly messageId?: string;
  readonly runId?: string;
  readonly problem?: string;
}

export interface Thread {
  readonly messages: readonly MessageBody[];
  readonly outgoing: readonly Outgoing[];
  readonly runs: ReadonlyMap<string, Run>;
}

export const EMPTY: Thread = { messages: [], outgoing: [], runs: new Map() };

/** What belongs to one run, in the order in which it is read. */
export interface Turn {
  readonly key: string;
  readonly run?: Run;
  readonly messages: readonly MessageBody[];
  readonly outgoing: readonly Outgoing[];
}

export function withFrames(thread: Thread, frames: readonly Frame[]): Thread {
  let { outgoing } = thread;
  const runs = new Map(thread.runs);
  for (const frame of frames) {
    const before = runs.get(frame.runId) ?? newRun(frame.runId);
    const after = applyFrame(before, frame);
    if (after !== before) runs.set(frame.runId, after);
    outgoing = recognised(outgoing, frame);
  }
  return { ...thread, runs, outgoing };
}

/** The stream may tell of an own message before the answer to the request does. */
function recognised(outgoing: readonly Outgoing[], frame: Frame): readonly Outgoing[] {
  if (frame.type !== "run.accepted" && frame.type !== "message.added") return outgoing;
  const { messageId, content } = frame.data;
  if (!messageId || outgoing.some((one) => one.messageId === messageId)) return outgoing;
  const index = outgoing.findIndex((one) => one.state === "sending" && !one.messageId && one.content === content);
  const found = outgoing[index];
  return found ? outgoing.with(index, { ...found, messageId, runId: frame.runId, state: "sent" }) : outgoing;
}

/** Adds stored messages, whatever of them is there already. */
export function withMessages(thread: Thread, items: readonly MessageBody[]): Thread {
  const byId = new Map(thread.messages.map((message) => [message.id, message]));
  for (const item of items) byId.set(item.id, item);
  const messages = [...byId.values()].toSorted((a, b) => a.seq - b.seq);
  const outgoing = thread.outgoing.filter((one) => !one.messageId || !byId.has(one.messageId));
  return { ...thread, messages, outgoing };
}

export function withOutgoing(thread: Thread, one: Outgoing): Thread {
  const index = thread.outgoing.findIndex((other) => other.key === one.key);
  const outgoing = index < 0 ? [...thread.outgoing, one] : thread.outgoing.with(index, one);
  return { ...thread, outgoing };
}

export function withoutOutgoing(thread: Thread, key: string): Thread {
  return { ...thread, outgoing: thread.outgoing.filter((one) => one.key !== key) };
}

/** The runs of a thread in their order, each with its messages. */
export function turns(thread: Thread): readonly Turn[] {
  const groups = new Map<string, { messages: MessageBody[]; outgoing: Outgoing[] }>();
  const group = (key: string) => {
    const found = groups.get(key) ?? { messages: [], outgoing: [] };
    groups.set(key, found);
    return found;
  };
  for (const message of thread.messages) group(message.runId ?? message.id).messages.push(message);
  // A run that waits for its turn was accepted after those that were, so the order of the map is that of the conversation.
  for (const run of thread.runs.values()) group(run.id);
  for (const one of thread.outgoing) group(one.runId ?? one.key).outgoing.push(one);
  return [...groups].map(([key, { messages, outgoing }]) => {
    const run = thread.runs.get(key);
    const shown = new Set(run?.parts.flatMap((part) => (part.kind === "user" ? [part.messageId] : [])));
    return {
      key,
      ...(run ? { run } : {}),
      messages: messages.filter((message) => !shown.has(message.id)),
      outgoing: outgoing.filter((one) => !one.messageId || !shown.has(one.messageId)),
    };
  });
}
