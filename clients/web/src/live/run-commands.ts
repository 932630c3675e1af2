/** Commands to runs. */

import { api, must } from "../api/client";
import type { RunEntryBody } from "../api/schema.gen";

const at = (id: string) => ({ path: { id } });
const why = (reason: string | undefined) => (reason ? { reason } : {});

/** Halts it after the step in hand. */
export async function pauseRun(id: string, reason?: string): Promise<RunEntryBody> {
  return await must(api.POST("/api/runs/{id}/pause", { params: at(id), body: why(reason) }));
}

/** Has it go on, or not halt in the first place. */
export async function resumeRun(id: string): Promise<RunEntryBody> {
  return await must(api.POST("/api/runs/{id}/resume", { params: at(id), body: {} }));
}

/** Ends it; what was said stays. */
export async function stopRun(id: string, reason?: string): Promise<void> {
  await must(api.POST("/api/runs/{id}/stop", { params: at(id), body: why(reason) }));
}

/** Ends it by force, at once. */
export async function killRun(id: string, reason: string): Promise<RunEntryBody> {
  return await must(api.POST("/api/runs/{id}/kill", { params: at(id), body: { reason } }));
}

/** A reason as the person reads it whose run it is: with who gave it. */
export function signed(what: string, by: string, reason: string): string {
  return reason ? `${what} by ${by}: ${reason}` : `${what} by ${by}`;
}

/** Why a run is paused, as a sentence. */
export function pausedBecause(reason: string | null | undefined): string {
  if (!reason) return "Paused";
  return /^paused\b/i.test(reason) ? reason.charAt(0).toUpperCase() + reason.slice(1) : `Paused: ${reason}`;
}
