/** The conversation that is open; one at a time. */

import { ThreadStore } from "./thread-store";

let current: ThreadStore | undefined;

/** The store of a conversation, opened if it is not. */
export function openThread(id: string): ThreadStore {
  if (current?.id === id) return current;
  current?.close();
  current = new ThreadStore(id);
  current.open();
  return current;
}

export function closeThread(store: ThreadStore): void {
  store.close();
  if (current === store) current = undefined;
}

/** What is open is not for whoever comes next, though they are at the same address. */
export function forgetThread(): void {
  if (current) closeThread(current);
}
