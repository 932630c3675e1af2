/** Where in the page one is: its address, and nothing else. */

import { Emitter } from "./emitter";

export type Place =
  | { readonly name: "home" }
  | { readonly name: "conversation"; readonly id: string }
  | { readonly name: "memory" }
  | { readonly name: "channels" }
  | { readonly name: "runs" }
  | { readonly name: "operations"; readonly tab: OperationsTab };

/** The parts of the page for operators; each has an address. */
export const OPERATIONS_TABS = ["runs", "workers", "queues", "audit"] as const;
export type OperationsTab = (typeof OPERATIONS_TABS)[number];

function read(): Place {
  const path = window.location.pathname;
  const id = /^\/c\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  if (id) return { name: "conversation", id };
  if (path === "/memory") return { name: "memory" };
  if (path === "/channels") return { name: "channels" };
  if (path === "/runs") return { name: "runs" };
  const tab = OPERATIONS_TABS.find((one) => path === address({ name: "operations", tab: one }));
  if (tab) return { name: "operations", tab };
  return { name: "home" };
}

export const place = new Emitter<Place>(read());
window.addEventListener("popstate", () => place.set(read()));

export function address(to: Place): string {
  if (to.name === "conversation") return `/c/${to.id}`;
  if (to.name === "operations") return to.tab === "runs" ? "/operations" : `/operations/${to.tab}`;
  return to.name === "home" ? "/" : `/${to.name}`;
}

export function go(to: Place, replace = false): void {
  const path = address(to);
  if (path !== window.location.pathname) {
    if (replace) window.history.replaceState(null, "", path);
    else window.history.pushState(null, "", path);
  }
  place.set(to);
}
