/** Where in the page one is: its address, and nothing else. */

import { Emitter } from "./emitter";

export type Place =
  | { readonly name: Plain }
  | { readonly name: "conversation"; readonly id: string }
  | { readonly name: "settings"; readonly tab: SettingsTab }
  | { readonly name: "people"; readonly tab: PeopleTab }
  | { readonly name: "operations"; readonly tab: OperationsTab };

/** Places that are called like their address. */
const PLAIN = ["home", "memory", "channels", "runs", "sign-in", "setup", "register", "invite", "password", "approve"] as const;
type Plain = (typeof PLAIN)[number];

/** The parts of a page; each has an address, and the first one is where the page begins. */
export const SETTINGS_TABS = ["profile", "security", "tokens"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];
export const PEOPLE_TABS = ["members", "teams", "invitations", "workspace", "users"] as const;
export type PeopleTab = (typeof PEOPLE_TABS)[number];
export const OPERATIONS_TABS = ["runs", "workers", "queues", "audit"] as const;
export type OperationsTab = (typeof OPERATIONS_TABS)[number];

const EVERY: readonly Place[] = [
  ...PLAIN.map((name) => ({ name })),
  ...SETTINGS_TABS.map((tab) => ({ name: "settings", tab }) as const),
  ...PEOPLE_TABS.map((tab) => ({ name: "people", tab }) as const),
  ...OPERATIONS_TABS.map((tab) => ({ name: "operations", tab }) as const),
];

function read(): Place {
  const path = window.location.pathname;
  const id = /^\/c\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  if (id) return { name: "conversation", id };
  return EVERY.find((one) => path === address(one)) ?? { name: "home" };
}

export const place = new Emitter<Place>(read());
window.addEventListener("popstate", () => place.set(read()));
// A link with another secret leads to the same path.
window.addEventListener("hashchange", () => place.set({ ...read() }));

export function address(to: Place): string {
  switch (to.name) {
    case "conversation":
      return `/c/${to.id}`;
    case "settings":
      return at("/settings", to.tab, SETTINGS_TABS[0]);
    case "people":
      return at("/people", to.tab, PEOPLE_TABS[0]);
    case "operations":
      return at("/operations", to.tab, OPERATIONS_TABS[0]);
    case "home":
      return "/";
    default:
      return `/${to.name}`;
  }
}

function at(page: string, tab: string, first: string): string {
  return tab === first ? page : `${page}/${tab}`;
}

export function go(to: Place, replace = false): void {
  const path = address(to);
  if (path !== window.location.pathname) {
    if (replace) window.history.replaceState(null, "", path);
    else window.history.pushState(null, "", path);
  }
  place.set(to);
}

/** The secret that a link carries behind its `#`, which no server is ever sent. */
export function secret(): string {
  return window.location.hash.slice(1);
}
