/** The list of conversations, kept up to date while the page is looked at: other surfaces begin and change them too. */

import { api, must, shown } from "../api/client";
import type { ConversationBody } from "../api/schema.gen";
import { Emitter } from "./emitter";
import { toast } from "./toasts";

export interface ConversationsState {
  readonly phase: "loading" | "ready" | "failed";
  readonly items: readonly ConversationBody[];
  readonly nextCursor?: string;
}

const PAGE = 100;
/** A search looks through this many at the most. */
const SEARCHED = 2_000;
const EVERY_MS = 5_000;

class Conversations {
  readonly state = new Emitter<ConversationsState>({ phase: "loading", items: [] });
  private running: Promise<void> | undefined;
  private again = false;
  /** Counts the people who were here; an answer that was for somebody before is not shown. */
  private turn = 0;
  /** Changes made here. What was read while one was made may be from before it, and would undo it on the screen. */
  private changes = 0;

  /** Follows the list until the returned function is called. */
  follow(): () => void {
    const look = () => {
      if (document.visibilityState === "visible") void this.refresh();
    };
    look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  /** Reads the newest page. Whoever asks meanwhile gets one more reading, not many. */
  async refresh(): Promise<void> {
    if (this.running) {
      this.again = true;
      return await this.running;
    }
    this.running = this.read().finally(() => {
      this.running = undefined;
      if (this.again) {
        this.again = false;
        void this.refresh();
      }
    });
    return await this.running;
  }

  async loadMore(): Promise<void> {
    const { nextCursor: cursor } = this.state.get();
    if (!cursor) return;
    const { turn, changes } = this;
    try {
      const page = await must(api.GET("/api/conversations", { params: { query: { limit: PAGE, cursor } } }));
      if (turn !== this.turn) return;
      if (changes !== this.changes) {
        await this.loadMore();
        return;
      }
      this.state.update((state) => withPage({ ...state, items: merge(state.items, page.items) }, page.nextCursor));
    } catch (error) {
      toast(error);
    }
  }

  /** Makes the list long enough to be searched. */
  async loadAll(): Promise<void> {
    for (;;) {
      const before = this.state.get();
      if (!before.nextCursor || before.items.length >= SEARCHED) return;
      await this.loadMore();
      if (this.state.get().nextCursor === before.nextCursor) return;
    }
  }

  /** Takes over what a change has made of a conversation. */
  put(one: ConversationBody): void {
    this.changes += 1;
    this.state.update((state) => ({ ...state, items: merge(state.items, [one]) }));
  }

  async create(body: { agent?: string; model?: string }): Promise<ConversationBody> {
    const { turn } = this;
    const made = await must(api.POST("/api/conversations", { body }));
    if (turn === this.turn) this.put(made);
    return made;
  }

  async rename(id: string, title: string): Promise<void> {
    try {
      this.put(await must(api.PATCH("/api/conversations/{id}", { params: { path: { id } }, body: { title } })));
    } catch (error) {
      toast(error);
    }
  }

  async remove(id: string): Promise<boolean> {
    try {
      await must(api.DELETE("/api/conversations/{id}", { params: { path: { id } } }));
    } catch (error) {
      if (shown(error).status !== 404) {
        toast(error);
        return false;
      }
    }
    this.changes += 1;
    this.state.update((state) => ({ ...state, items: state.items.filter((one) => one.id !== id) }));
    return true;
  }

  clear(): void {
    this.turn += 1;
    this.state.set({ phase: "loading", items: [] });
  }

  private async read(): Promise<void> {
    const { turn, changes } = this;
    try {
      const page = await must(api.GET("/api/conversations", { params: { query: { limit: PAGE } } }));
      if (turn !== this.turn) return;
      if (changes !== this.changes) {
        this.again = true;
        return;
      }
      this.state.update((state) => {
        // What is older than the page stays, what should be in it and is not was deleted.
        const oldest = page.items.at(-1)?.updatedAt;
        const older = page.nextCursor && oldest ? state.items.filter((one) => one.updatedAt < oldest) : [];
        const items = merge(older, page.items);
        if (older.length > 0) return { ...state, phase: "ready", items };
        return withPage({ ...state, phase: "ready", items }, page.nextCursor);
      });
    } catch (error) {
      // Tried again in a moment anyway; only the first time there is nothing else to see.
      const { status } = shown(error);
      if (turn !== this.turn) return;
      this.state.update((state) => (state.phase === "loading" && status !== 401 ? { ...state, phase: "failed" } : state));
    }
  }
}

function withPage({ nextCursor: _before, ...rest }: ConversationsState, nextCursor: string | null | undefined): ConversationsState {
  return nextCursor ? { ...rest, nextCursor } : rest;
}

function merge(old: readonly ConversationBody[], added: readonly ConversationBody[]): readonly ConversationBody[] {
  const byId = new Map(old.map((one) => [one.id, one]));
  for (const one of added) byId.set(one.id, one);
  return [...byId.values()].toSorted((a, b) => b.updatedAt.localeCompare(a.updatedAt));
}

export const conversations = new Conversations();
