/** The workspaces that the person is in: read when the page opens, and again when one is made, renamed or left. */

import { api, must } from "../api/client";
import type { WorkspaceBody } from "../api/schema.gen";
import { Emitter } from "./emitter";

export const workspaces = new Emitter<readonly WorkspaceBody[]>([]);

export async function loadWorkspaces(): Promise<void> {
  try {
    workspaces.set((await must(api.GET("/api/workspaces"))).items);
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
