/** One open conversation: what is stored of it, what streams in, and what this page sends. */

import { api, ApiError, must, shown } from "../api/client";
import type { ConversationBody } from "../api/schema.gen";
import type { Frame } from "../log/frame";
import { isActive, type Run } from "../log/run";
import { EMPTY, withFrames, withMessages, withOutgoing, withoutOutgoing, type Outgoing, type Thread } from "../log/thread";
import { conversations } from "./conversations";
import { Emitter } from "./emitter";
import { EventStream, readLog, type Connection } from "./event-stream";
import { killRun, pauseRun, resumeRun, stopRun } from "./run-commands";
import { toast } from "./toasts";

export interface ThreadState {
  readonly phase: "loading" | "ready" | "missing";
  readonly thread: Thread;
  readonly connection: Connection;
  readonly conversation?: ConversationBody;
  readonly asked?: Asked;
  /** Whether there are messages before the first one here. */
  readonly earlier: boolean;
}

/** What a run was asked to do and has not done yet. */
export interface Asked {
  readonly runId: string;
  readonly what: "pause" | "resume";
}

const PAGE = 50;
/** With these a run has done what it was asked, or will not do it any more. */
const SETTLES = /^run\.(started|resumed|paused|completed|failed|cancelled|killed)$/;
/** A message that could not be sent for want of a connection is sent again by itself this often. */
const ATTEMPTS = 3;

export class ThreadStore {
  readonly state = new Emitter<ThreadState>({ phase: "loading", thread: EMPTY, connection: "connecting", earlier: false });
  private readonly stream: EventStream;
  private readonly asked = new Set<string>();
  private watchdog: ReturnType<typeof setInterval> | undefined;
  /** Changes of the conversation made here. */
  private changes = 0;

  constructor(readonly id: string) {
    this.stream = new EventStream(`/api/conversations/${id}/events`, {
      frames: (frames) => this.take(frames),
      connection: (connection) => this.patch({ connection }),
      opened: () => void this.refresh(),
      refused: () => this.stillThere(),
    });
  }

  open(): void {
    this.stream.open();
    this.watchdog = setInterval(() => {
      if (this.active()) this.stream.suspect();
    }, 5_000);
  }

  close(): void {
    this.stream.close();
    clearInterval(this.watchdog);
  }

  /** The run that is being answered or comes next. */
  active(): Run | undefined {
    return [...this.state.get().thread.runs.values()].find(isActive);
  }

  async send(content: string, delivery: Outgoing["delivery"]): Promise<void> {
    const time = new Date().toISOString();
    await this.deliver({ key: crypto.randomUUID(), content, delivery, state: "sending", time });
  }

  async retry(one: Outgoing): Promise<void> {
    const { problem: _, ...rest } = one;
    await this.deliver({ ...rest, state: "sending" });
  }

  discard(key: string): void {
    this.thread((thread) => withoutOutgoing(thread, key));
  }

  async stop(): Promise<void> {
    const run = this.active();
    if (!run) return;
    try {
      await stopRun(run.id);
    } catch (error) {
      toast(error);
    }
  }

  /** Halts the answer after the step in hand. */
  async pause(): Promise<void> {
    const run = this.active();
    if (!run) return;
    this.ask({ runId: run.id, what: "pause" });
    try {
      const { state } = await pauseRun(run.id);
      if (state !== "running") this.settle(run.id);
    } catch (error) {
      this.settle(run.id);
      toast(error);
    }
  }

  /** Has it go on, or not halt in the first place. */
  async resume(): Promise<void> {
    const run = this.active();
    if (!run) return;
    if (run.state === "paused") this.ask({ runId: run.id, what: "resume" });
    else this.settle(run.id);
    try {
      await resumeRun(run.id);
    } catch (error) {
      this.settle(run.id);
      toast(error);
    }
  }

  /** Ends an answer by force; whoever asked is told if that fails. */
  async kill(runId: string, reason: string): Promise<void> {
    await killRun(runId, reason);
  }

  async change(body: { agent?: string; model?: string | null; title?: string }): Promise<void> {
    try {
      const path = { id: this.id };
      const conversation = await must(api.PATCH("/api/conversations/{id}", { params: { path }, body }));
      this.changes += 1;
      this.patch({ conversation });
      conversations.put(conversation);
    } catch (error) {
      toast(error);
    }
  }

  async loadEarlier(): Promise<void> {
    const first = this.state.get().thread.messages[0];
    if (!first) return;
    try {
      const query = { before: first.seq, limit: PAGE };
      const { items } = await must(api.GET("/api/conversations/{id}/messages", { params: { path: { id: this.id }, query } }));
      this.patch({ earlier: items.length === PAGE });
      this.thread((thread) => withMessages(thread, items));
    } catch (error) {
      toast(error);
    }
  }

  /** Looks up how an old answer came about. */
  async loadRun(runId: string): Promise<void> {
    if (this.asked.has(runId) || this.state.get().thread.runs.has(runId)) return;
    this.asked.add(runId);
    try {
      const frames = await readLog(runId);
      this.thread((thread) => withFrames(thread, frames));
    } catch {
      // The message itself is there; how it came about can be asked for again.
      this.asked.delete(runId);
    }
  }

  private async deliver(one: Outgoing): Promise<void> {
    this.thread((thread) => withOutgoing(thread, one));
    try {
      const accepted = await this.post(one);
      const { messageId, runId } = accepted;
      const known = this.state.get().thread.messages.some((message) => message.id === messageId);
      this.thread((thread) =>
        known ? withoutOutgoing(thread, one.key) : withOutgoing(thread, { ...one, state: "sent", messageId, runId }),
      );
      void conversations.refresh();
    } catch (error) {
      const { detail, remedy } = shown(error);
      this.thread((thread) => withOutgoing(thread, { ...one, state: "failed", problem: `${detail} ${remedy}` }));
    }
  }

  private async post({ content, delivery, key }: Outgoing) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await must(
          api.POST("/api/conversations/{id}/messages", {
            params: { path: { id: this.id } },
            body: { content, delivery, idempotencyKey: key },
          }),
        );
      } catch (error) {
        // The same key stores one message, however often it is sent.
        if (!(error instanceof ApiError && error.passing) || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, 400 * 3 ** attempt));
      }
    }
  }

  private ask(asked: Asked): void {
    this.patch({ asked });
  }

  /** The run does what it was asked, or nothing was asked of it after all. */
  private settle(runId: string): void {
    this.state.update(({ asked, ...state }) => (asked && asked.runId !== runId ? { ...state, asked } : state));
  }

  private take(frames: readonly Frame[]): void {
    this.thread((thread) => withFrames(thread, frames));
    for (const frame of frames) if (SETTLES.test(frame.type)) this.settle(frame.runId);
    if (frames.some((frame) => /^run\.(completed|failed|cancelled|killed)$/.test(frame.type))) {
      void this.refresh();
      void conversations.refresh();
    } else if (frames.some((frame) => frame.type === "run.accepted")) {
      void conversations.refresh();
    }
  }

  /** Reads what is stored and not yet here. */
  private async refresh(): Promise<void> {
    const last = this.state.get().thread.messages.at(-1);
    const path = { id: this.id };
    const { changes } = this;
    try {
      const [conversation, { items }] = await Promise.all([
        must(api.GET("/api/conversations/{id}", { params: { path } })),
        must(
          api.GET("/api/conversations/{id}/messages", {
            params: { path, query: last ? { after: last.seq, limit: 200 } : { limit: PAGE } },
          }),
        ),
      ]);
      if (changes !== this.changes) {
        // What was read while it was changed here may be from before that.
        await this.refresh();
        return;
      }
      this.thread((thread) => withMessages(thread, items));
      const first = !last && items.length === PAGE ? { earlier: true } : {};
      this.patch({ phase: "ready", conversation, ...first });
      if (conversation.activeRunId) await this.lookWhatIsAsked(conversation.activeRunId);
    } catch (error) {
      const { status } = shown(error);
      if (status === 404) this.patch({ phase: "missing" });
      else if (this.state.get().phase === "loading" && status !== 401) setTimeout(() => void this.refresh(), 2_000);
    }
  }

  /** That a run is to halt stands in no log before it does. */
  private async lookWhatIsAsked(runId: string): Promise<void> {
    const { requested } = await must(api.GET("/api/runs/{id}", { params: { path: { id: runId } } }));
    if (requested === "pause") this.ask({ runId, what: "pause" });
  }

  private async stillThere(): Promise<boolean> {
    try {
      await must(api.GET("/api/conversations/{id}", { params: { path: { id: this.id } } }));
      return true;
    } catch (error) {
      const { status } = shown(error);
      if (status === 404) this.patch({ phase: "missing" });
      return status !== 404 && status !== 401;
    }
  }

  private thread(change: (thread: Thread) => Thread): void {
    this.state.update((state) => ({ ...state, thread: change(state.thread) }));
  }

  private patch(part: Partial<ThreadState>): void {
    this.state.update((state) => ({ ...state, ...part }));
  }
}
