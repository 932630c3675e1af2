/** State outside of React that components follow. */

import { useSyncExternalStore } from "react";

export class Emitter<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of this.listeners) listener();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value));
  }
}

export function useEmitter<T>(emitter: Emitter<T>): T {
  return useSyncExternalStore(emitter.subscribe, emitter.get);
}
