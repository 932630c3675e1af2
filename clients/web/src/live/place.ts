/** Where in the page one is: its address, and nothing else. */

import { Emitter } from "./emitter";

export type Place =
  | { readonly name: "home" }
  | { readonly name: "conversation"; readonly id: string }
  | { readonly name: "memory" }
  | { readonly name: "channels" };

function read(): Place {
  const path = window.location.pathname;
  const id = /^\/c\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  if (id) return { name: "conversation", id };
  if (path === "/memory") return { name: "memory" };
  if (path === "/channels") return { name: "channels" };
  return { name: "home" };
}

export const place = new Emitter<Place>(read());
window.addEventListener("popstate", () => place.set(read()));

export function address(to: Place): string {
  if (to.name === "conversation") return `/c/${to.id}`;
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
