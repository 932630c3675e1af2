import { describe, expect, it } from "vitest";

import type { Data, Frame } from "./frame";
import { answer, applyFrame, newRun, type Run } from "./run";

function frame(epoch: number, seq: number, type: string, data: Data = {}): Frame {
  const time = `2026-01-31T08:00:${String(seq).padStart(2, "0")}.000Z`;
  return { id: `r:${epoch}:${seq}`, type, time, conversationId: "c", runId: "r", epoch, seq, data };
}

function fold(...frames: Frame[]): Run {
  return frames.reduce(applyFrame, newRun("r"));
}

const begun = [
  frame(0, 1, "run.accepted", { messageId: "m1", content: "hello" }),
  frame(1, 2, "run.started", { agent: "assistant", model: "openai/x" }),
];

describe("a run's log", () => {
  it("grows its text by deltas and parts it by step", () => {
    const run = fold(
      ...begun,
      frame(1, 3, "text.delta", { step: 1, text: "Let me " }),
      frame(1, 4, "text.delta", { step: 1, text: "see." }),
      frame(1, 5, "text.delta", { step: 3, text: "Four." }),
    );
    expect(run.state).toBe("running");
    expect(run.model).toBe("openai/x");
    expect(answer(run)).toBe("Let me see.\n\nFour.");
  });

  it("ignores what it has seen before, in whatever order it comes again", () => {
    const frames = [...begun, frame(1, 3, "text.delta", { step: 1, text: "once" })];
    const once = fold(...frames);
    const again = [...frames, ...frames.toReversed()].reduce(applyFrame, once);
    expect(again).toBe(once);
    expect(answer(again)).toBe("once");
  });

  it("halts when it is paused and goes on where it was", () => {
    const paused = [...begun, frame(1, 3, "text.delta", { step: 1, text: "Half" }), frame(1, 4, "run.paused", { reason: "lunch" })];
    const run = fold(...paused);
    expect([run.state, run.reason, run.ended]).toEqual(["paused", "lunch", undefined]);
    const on = fold(...paused, frame(2, 5, "run.resumed", { rewindTo: 4 }));
    expect([on.state, on.reason, answer(on)]).toEqual(["running", undefined, "Half"]);
  });

  it("shows a tool that waits while the run is paused, and what becomes of it", () => {
    const states = (run: Run) => run.parts.flatMap((part) => (part.kind === "tool" ? [part.state] : []));
    const paused = [
      ...begun,
      frame(1, 3, "tool.started", { step: 2, callId: "a", name: "clock" }),
      frame(1, 4, "run.paused", { reason: "paused by Owner" }),
    ];
    expect(states(fold(...paused))).toEqual(["waiting"]);
    const on = [...paused, frame(2, 5, "run.resumed", { rewindTo: 4 })];
    expect(states(fold(...on))).toEqual(["running"]);
    const done = frame(2, 6, "tool.completed", { step: 2, callId: "a", outcome: "TOOL_OUTCOME_SUCCEEDED", output: "8" });
    expect(states(fold(...on, done))).toEqual(["succeeded"]);
    const killed = fold(...paused, frame(2, 5, "run.killed", { reason: "enough" }));
    expect([states(killed), killed.state, killed.reason]).toEqual([["waiting"], "killed", "enough"]);
  });

  it("forgets why it was paused when a worker takes it for the first time, or when it ends", () => {
    const paused = [frame(0, 1, "run.accepted", { messageId: "m1", content: "hello" }), frame(0, 2, "run.paused", { reason: "lunch" })];
    expect(fold(...paused).state).toBe("paused");
    const on = fold(...paused, frame(1, 3, "run.started", { agent: "assistant", model: "openai/x" }));
    expect([on.state, on.reason]).toEqual(["running", undefined]);
    const ended = fold(...paused, frame(0, 3, "run.cancelled"));
    expect([ended.state, ended.reason]).toEqual(["cancelled", undefined]);
  });

  it("ignores a displaced worker, whose epoch is over", () => {
    const run = fold(
      ...begun,
      frame(2, 3, "run.resumed", { rewindTo: 2 }),
      frame(1, 9, "text.delta", { step: 1, text: "late" }),
    );
    expect(answer(run)).toBe("");
    expect([run.epoch, run.seq]).toEqual([2, 3]);
  });

  it("drops what came after the point that another worker goes on from", () => {
    const run = fold(
      ...begun,
      frame(1, 3, "tool.started", { step: 2, callId: "a", name: "calculator" }),
      frame(1, 4, "tool.completed", { step: 2, callId: "a", outcome: "TOOL_OUTCOME_SUCCEEDED", output: "4" }),
      frame(1, 5, "text.delta", { step: 3, text: "half of" }),
      frame(2, 6, "run.resumed", { rewindTo: 4 }),
      frame(2, 7, "text.delta", { step: 3, text: "The whole." }),
    );
    expect(answer(run)).toBe("The whole.");
    expect(run.parts.map((part) => part.kind)).toEqual(["user", "tool", "text"]);
  });

  it("goes on below what was seen when the record was shorter than the stream", () => {
    const run = fold(
      ...begun,
      frame(1, 3, "text.delta", { step: 1, text: "lost" }),
      frame(2, 3, "run.resumed", { rewindTo: 2 }),
      frame(2, 4, "text.delta", { step: 1, text: "kept" }),
    );
    expect(answer(run)).toBe("kept");
  });

  it("shows tools as they run, end, fail, or are left unknown", () => {
    const tool = (step: number, name: string) => frame(1, 2 + step, "tool.started", { step, callId: name, name });
    const running = fold(...begun, tool(1, "a"), tool(2, "b"), tool(3, "c"));
    const states = (run: Run) => run.parts.flatMap((part) => (part.kind === "tool" ? [part.state] : []));
    expect(states(running)).toEqual(["running", "running", "running"]);
    const done = [
      frame(1, 6, "tool.completed", { step: 2, callId: "b", outcome: "TOOL_OUTCOME_FAILED", output: "no" }),
      frame(1, 7, "tool.completed", { step: 1, callId: "a", outcome: "TOOL_OUTCOME_SUCCEEDED", output: "yes" }),
      frame(1, 8, "step.completed", { step: 1, durationMs: 12 }),
    ].reduce(applyFrame, running);
    expect(states(done)).toEqual(["succeeded", "failed", "running"]);
    expect(done.parts[1]).toMatchObject({ output: "yes", durationMs: 12 });
    const ended = applyFrame(done, frame(1, 9, "run.cancelled", { reason: "stopped" }));
    expect(states(ended)).toEqual(["succeeded", "failed", "unknown"]);
    expect(ended.reason).toBe("stopped");
  });

  it("shows a tool whose beginning it did not see", () => {
    const run = fold(...begun, frame(1, 3, "tool.completed", { step: 2, name: "clock", outcome: "TOOL_OUTCOME_UNKNOWN" }));
    expect(run.parts[1]).toMatchObject({ kind: "tool", name: "clock", state: "unknown" });
  });

  it("ends thinking when something else comes", () => {
    const thinking = fold(...begun, frame(1, 3, "thinking.delta", { step: 1, text: "hm" }));
    expect(thinking.parts[1]).not.toHaveProperty("ended");
    const run = applyFrame(thinking, frame(1, 4, "text.delta", { step: 1, text: "Yes." }));
    expect(run.parts[1]).toMatchObject({ text: "hm", ended: "2026-01-31T08:00:04.000Z" });
  });

  it("takes text and usage from its end where it has none", () => {
    const usage = { inputTokens: 10, outputTokens: 4 };
    const run = fold(...begun, frame(1, 3, "run.completed", { content: "Hi.", usage }));
    expect(answer(run)).toBe("Hi.");
    expect(run.usage).toMatchObject(usage);
    expect(run.log).toEqual([]);
  });

  it("counts the usage of steps until it knows that of the run", () => {
    const run = fold(
      ...begun,
      frame(1, 3, "step.completed", { step: 1, usage: { inputTokens: 5, outputTokens: 1 } }),
      frame(1, 4, "step.completed", { step: 3, usage: { inputTokens: 7 } }),
    );
    expect(run.usage).toMatchObject({ inputTokens: 12, outputTokens: 1 });
  });

  it("takes a sign of life that is in no log as a note and nothing else", () => {
    const run = fold(...begun);
    const { epoch: _e, seq: _s, id: _i, ...outside } = frame(0, 0, "run.progress", { note: "still at it" });
    const noted = applyFrame(run, outside);
    expect(noted.note).toBe("still at it");
    expect([noted.epoch, noted.seq]).toEqual([1, 2]);
    expect(applyFrame(noted, frame(1, 3, "text.delta", { step: 1, text: "x" })).note).toBeUndefined();
  });

  it("passes over types that it does not know", () => {
    const run = fold(...begun, frame(1, 3, "something.else", { text: "?" }));
    expect(run.parts).toHaveLength(1);
    expect(run.seq).toBe(3);
  });
});
