/** Errors and notes that are shown for a while. */

import { shown } from "../api/client";
import { Emitter } from "./emitter";

export interface Toast {
  readonly id: number;
  readonly kind: "error" | "note";
  readonly text: string;
  readonly remedy?: string;
}

export const toasts = new Emitter<readonly Toast[]>([]);
let last = 0;

function show(one: Omit<Toast, "id">): void {
  last += 1;
  const id = last;
  toasts.update((all) => [...all.filter((other) => other.text !== one.text), { ...one, id }].slice(-4));
  setTimeout(() => dismiss(id), one.kind === "error" ? 10_000 : 4_000);
}

export function toast(error: unknown): void {
  const { status, detail, remedy } = shown(error);
  // The sign-in page says so already.
  if (status !== 401) show({ kind: "error", text: detail, remedy });
}

export function note(text: string): void {
  show({ kind: "note", text });
}

export function dismiss(id: number): void {
  toasts.update((all) => all.filter((one) => one.id !== id));
}
