/** One open conversation: what is stored of it, what streams in, and what this page sends. */

import { api, ApiError, must, shown } from "../api/client";
import type { ConversationBody } from "../api/schema.gen";
import type { Frame } from "../log/frame";
import { isActive, type Run } from "../log/run";
import { EMPTY, withFrames, withMessages, withOutgoing, withoutOutgoing, type Outgoing, type Thread } from "../log/thread";
import { conversations } from "./conversations";
import { Emitter } from "./emitter";
import { EventStream, readLog, type Connection } from "./event-stream";
import { toast } from "./toasts";

export interface ThreadState {
  readonly phase: "loading" | "ready" | "missing";
  readonly thread: Thread;
  readonly connection: Connection;
  readonly conversation?: ConversationBody;
  /** Whether there are messages before the first one here. */
  readonly earlier: boolean;
}

const PAGE = 50;
/** A message that could not be sent for want of a connection is sent again by itself this often. */
const ATTEMPTS = 3;

export class ThreadStore {
  readonly state = new Emitter<ThreadState>({ phase: "loading", thread: EMPTY, connection: "connecting", earlier: false });
  private readonly stream: EventStream;
  private readonly asked = new Set<string>();
  private watchdog: ReturnType<typeof setInterval> | undefined;

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
      await must(api.POST("/api/runs/{id}/stop", { params: { path: { id: run.id } }, body: {} }));
    } catch (error) {
      toast(error);
    }
  }

  async change(body: { agent?: string; model?: string | null; title?: string }): Promise<void> {
    try {
      const path = { id: this.id };
      const conversation = await must(api.PATCH("/api/conversations/{id}", { params: { path }, body }));
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

  private take(frames: readonly Frame[]): void {
    this.thread((thread) => withFrames(thread, frames));
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
    try {
      const [conversation, { items }] = await Promise.all([
        must(api.GET("/api/conversations/{id}", { params: { path } })),
        must(
          api.GET("/api/conversations/{id}/messages", {
            params: { path, query: last ? { after: last.seq, limit: 200 } : { limit: PAGE } },
          }),
        ),
      ]);
      this.thread((thread) => withMessages(thread, items));
      const first = !last && items.length === PAGE ? { earlier: true } : {};
      this.patch({ phase: "ready", conversation, ...first });
    } catch (error) {
      const { status } = shown(error);
      if (status === 404) this.patch({ phase: "missing" });
      else if (this.state.get().phase === "loading" && status !== 401) setTimeout(() => void this.refresh(), 2_000);
    }
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
