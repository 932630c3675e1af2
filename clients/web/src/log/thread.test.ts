import { describe, expect, it } from "vitest";

import type { MessageBody } from "../api/schema.gen";
import type { Data, Frame } from "./frame";
import { EMPTY, turns, withFrames, withMessages, withOutgoing, type Outgoing } from "./thread";

function frame(runId: string, seq: number, type: string, data: Data = {}): Frame {
  return { type, time: "2026-01-31T08:00:00.000Z", conversationId: "c", runId, epoch: 1, seq, data };
}

function message(seq: number, role: string, runId: string): MessageBody {
  const createdAt = "2026-01-31T08:00:00.000Z";
  return { id: `m${seq}`, conversationId: "c", seq, role, content: `${role} ${seq}`, runId, createdAt };
}

const outgoing: Outgoing = { key: "k", content: "hello", delivery: "steer", state: "sending", time: "" };

describe("a thread", () => {
  it("shows a message once, whether storage, stream or this page told of it first", () => {
    const sending = withOutgoing(EMPTY, outgoing);
    const streamed = withFrames(sending, [frame("r", 1, "run.accepted", { messageId: "m1", content: "hello" })]);
    expect(streamed.outgoing[0]).toMatchObject({ messageId: "m1", state: "sent" });
    const [turn, ...others] = turns(streamed);
    expect(others).toEqual([]);
    expect(turn?.outgoing).toEqual([]);
    const stored = withMessages(streamed, [{ ...message(1, "user", "r"), content: "hello" }]);
    expect(stored.outgoing).toEqual([]);
    expect(turns(stored)[0]?.messages).toEqual([]);
  });

  it("keeps two equal messages apart", () => {
    const both = withOutgoing(withOutgoing(EMPTY, outgoing), { ...outgoing, key: "k2" });
    const one = withFrames(both, [frame("r", 1, "run.accepted", { messageId: "m1", content: "hello" })]);
    expect(one.outgoing.map((each) => each.messageId)).toEqual(["m1", undefined]);
    const again = withFrames(one, [frame("r", 1, "run.accepted", { messageId: "m1", content: "hello" })]);
    expect(again.outgoing.map((each) => each.messageId)).toEqual(["m1", undefined]);
  });

  it("orders turns as they were said, and messages of one run together", () => {
    const thread = withMessages(EMPTY, [
      message(3, "user", "r2"),
      message(1, "user", "r1"),
      message(2, "assistant", "r1"),
      message(4, "assistant", "r2"),
    ]);
    const order = turns(thread).map((turn) => turn.messages.map((one) => one.seq));
    expect(order).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("leaves a message that failed at the end, to be sent again", () => {
    const thread = withOutgoing(withMessages(EMPTY, [message(1, "user", "r")]), { ...outgoing, state: "failed" });
    expect(turns(thread).at(-1)?.outgoing[0]?.state).toBe("failed");
  });
});
