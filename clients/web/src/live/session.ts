/** Who is signed in. */

import { api, ApiError, must, onSignedOut, shown } from "../api/client";
import type { MeBody } from "../api/schema.gen";
import { conversations } from "./conversations";
import { Emitter } from "./emitter";
import { toast } from "./toasts";

export type Session =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly problem: ApiError }
  | { readonly state: "out"; readonly ended: boolean }
  | { readonly state: "in"; readonly me: MeBody };

/** Whether somebody may command what others run here, the workers and the queues. The server decides; this only hides. */
export function operates({ role }: MeBody): boolean {
  return role === "owner" || role === "admin";
}

/** Whether somebody may command their own runs. */
export function converses({ role }: MeBody): boolean {
  return role !== "guest";
}

export const session = new Emitter<Session>({ state: "unknown" });

onSignedOut(() => {
  if (session.get().state === "in") leave(true);
});

function leave(ended: boolean): void {
  conversations.clear();
  session.set({ state: "out", ended });
}

/** Finds out whether the browser holds a session. */
export async function look(): Promise<void> {
  try {
    session.set({ state: "in", me: await must(api.GET("/api/session")) });
  } catch (error) {
    const problem = shown(error);
    if (problem.status === 401) session.set({ state: "out", ended: false });
    else session.set({ state: "unreachable", problem });
  }
}

export async function signIn(token: string): Promise<void> {
  session.set({ state: "in", me: await must(api.POST("/api/session", { body: { token } })) });
}

export async function signOut(everywhere: boolean): Promise<void> {
  try {
    if (everywhere) await must(api.DELETE("/api/sessions"));
    else await must(api.DELETE("/api/session"));
    leave(false);
  } catch (error) {
    toast(error);
  }
}
