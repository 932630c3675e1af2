/** Which ways lead in here: asked of the server before anybody is known. */

import { api, must, shown, type ApiError } from "../api/client";
import type { LoginBody } from "../api/schema.gen";
import { Emitter } from "./emitter";

export type Entry =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly problem: ApiError }
  | { readonly state: "known"; readonly ways: LoginBody };

export const entry = new Emitter<Entry>({ state: "unknown" });

export async function lookForWays(): Promise<void> {
  try {
    entry.set({ state: "known", ways: await must(api.GET("/api/login")) });
  } catch (error) {
    if (entry.get().state !== "known") entry.set({ state: "unreachable", problem: shown(error) });
  }
}

/** Where a provider's sign-in begins; it leads back to this path. */
export function startAt(provider: string, returnTo: string, link = false): string {
  const query = new URLSearchParams({ returnTo, ...(link ? { link: "true" } : {}) });
  return `/api/auth/oidc/${encodeURIComponent(provider)}/start?${query.toString()}`;
}
