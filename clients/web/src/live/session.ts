/** Who is signed in. */

import { api, must, onSignedOut, shown, type ApiError } from "../api/client";
import type { MeBody } from "../api/schema.gen";
import { conversations } from "./conversations";
import { drafts } from "./drafts";
import { Emitter } from "./emitter";
import { go } from "./place";
import { forgetThread } from "./threads";
import { toast } from "./toasts";
import { forgetWorkspaces } from "./workspaces";

export type Session =
  | { readonly state: "unknown" }
  | { readonly state: "unreachable"; readonly problem: ApiError }
  /** Whether it ended without the person ending it here. */
  | { readonly state: "out"; readonly ended: boolean }
  | { readonly state: "in"; readonly me: MeBody };

/** Something that needs more than being somebody, as the API calls it. */
export type Action =
  | "read"
  | "converse"
  | "operate"
  | "command"
  | "operate_installation"
  | "manage_self"
  | "manage_members"
  | "manage_teams"
  | "invite"
  | "manage_workspace"
  | "read_audit"
  | "manage_users"
  | "create_workspace";

/** Whether somebody may do this. The server decides; this only hides. */
export function allowed({ may }: MeBody, action: Action): boolean {
  return may.includes(action);
}

/** Whether somebody may command what others run here, the workers and the queues. */
export function operates(me: MeBody): boolean {
  return allowed(me, "operate") && allowed(me, "command");
}

/** Whether somebody may command their own runs. */
export function converses(me: MeBody): boolean {
  return allowed(me, "converse");
}

/** Whether somebody sees who else is here: guests do not. */
export function seesPeople(me: MeBody): boolean {
  return me.role !== "guest" && allowed(me, "read");
}

export const session = new Emitter<Session>({ state: "unknown" });

/** How often it is looked whether somebody still is who they were. */
const EVERY_MS = 20_000;

onSignedOut(() => {
  if (session.get().state === "in") leave(true);
});

/** Whose traces the page holds. */
let whose: string | undefined;

/** Whatever was read for somebody is for nobody else. */
function forget(): void {
  conversations.clear();
  forgetThread();
  forgetWorkspaces();
}

/** Whoever did not want to go finds again what they had begun to write. */
function leave(ended: boolean): void {
  forget();
  if (!ended) drafts.clear();
  session.set({ state: "out", ended });
}

/** Somebody is signed in, or is somebody else than before. */
export function enter(me: MeBody): void {
  const before = session.get();
  if (before.state === "in" && JSON.stringify(before.me) === JSON.stringify(me)) return;
  const own = `${me.workspaceId} ${me.userId}`;
  if (own !== whose) {
    forget();
    drafts.clear();
    whose = own;
  }
  session.set({ state: "in", me });
}

/** Finds out whether the browser holds a session. */
export async function look(): Promise<void> {
  try {
    enter(await must(api.GET("/api/session")));
  } catch (error) {
    const problem = shown(error);
    const { state } = session.get();
    if (problem.status === 401 && state !== "out") session.set({ state: "out", ended: false });
    // Whoever is in stays so until somebody says otherwise.
    if (problem.status !== 401 && state !== "in") session.set({ state: "unreachable", problem });
  }
}

/** Looks now and then, until the returned function is called: roles change, and people are sent away. */
export function keepLooking(): () => void {
  const again = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      enter(await must(api.GET("/api/session")));
    } catch {
      // Whoever is signed out has been told; everything else passes.
    }
  };
  const seen = () => void again();
  const timer = setInterval(seen, EVERY_MS);
  document.addEventListener("visibilitychange", seen);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", seen);
  };
}

export async function signIn(how: { token: string } | { email: string; password: string }): Promise<void> {
  enter(await must(api.POST("/api/session", { body: how })));
}

/** Goes to another workspace of the person's. */
export async function switchWorkspace(workspaceId: string): Promise<void> {
  try {
    const me = await must(api.PUT("/api/session/workspace", { body: { workspaceId } }));
    go({ name: "home" });
    enter(me);
  } catch (error) {
    toast(error);
  }
}

export async function signOut(): Promise<void> {
  try {
    await must(api.DELETE("/api/session"));
    leave(false);
  } catch (error) {
    toast(error);
  }
}

/** Ends every session of the person, and on demand everything that programs of theirs use. */
export async function signOutEverywhere(tokens: boolean): Promise<void> {
  await must(api.DELETE("/api/sessions", { params: { query: tokens ? { tokens } : {} } }));
  leave(false);
}

/** The person is no more. */
export function gone(): void {
  leave(false);
  go({ name: "home" }, true);
}
