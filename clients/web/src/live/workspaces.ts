/** The workspaces that the person is in: read when the page opens, and again when one is made, renamed or left. */

import { api, must } from "../api/client";
import type { WorkspaceBody } from "../api/schema.gen";
import { Emitter } from "./emitter";

export const workspaces = new Emitter<readonly WorkspaceBody[]>([]);

/** Counts the people who were here; an answer that was for somebody before is not shown. */
let turn = 0;

export function forgetWorkspaces(): void {
  turn += 1;
  workspaces.set([]);
}

export async function loadWorkspaces(): Promise<void> {
  const mine = turn;
  try {
    const { items } = await must(api.GET("/api/workspaces"));
    if (mine === turn) workspaces.set(items);
  } catch {
    // Without a list there is nothing to change to.
  }
}

/** How often it is looked whether somebody was let into another one. */
const EVERY_MS = 60_000;

export function followWorkspaces(): () => void {
  const look = () => {
    if (document.visibilityState === "visible") void loadWorkspaces();
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => clearInterval(timer);
}
