/** Ctrl/Cmd+K: conversations by title, and what else can be done, without leaving the keyboard. */

import { useEffect, useId, useState, type KeyboardEvent } from "react";

import { conversations } from "../live/conversations";
import { useEmitter } from "../live/emitter";
import { go, type OperationsTab } from "../live/place";
import { allowed, operates, seesPeople, session, signOut } from "../live/session";
import { choose, theme } from "../live/theme";
import { ago } from "../lib/time";
import { Dialog } from "./dialog";
import { Icon, type IconName } from "./icons";

interface Hit {
  readonly key: string;
  readonly icon: IconName;
  readonly label: string;
  readonly hint?: string;
  readonly act: () => void;
}

const MOST = 50;
/** Shown before anything is searched for. */
const RECENT = 5;

export function Palette({ onClose }: { readonly onClose: () => void }) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const { items } = useEmitter(conversations.state);
  const list = useId();
  const searching = query.trim() !== "";
  useEffect(() => {
    if (searching) void conversations.loadAll();
  }, [searching]);

  const titles = (searching ? items : items.slice(0, RECENT)).map((one) => ({
    key: one.id,
    icon: "chat" as const,
    label: one.title ?? "New conversation",
    hint: ago(one.updatedAt),
    act: () => go({ name: "conversation", id: one.id }),
  }));
  const hits = find(query, [...titles, ...actions()]);
  const current = hits[Math.min(at, hits.length - 1)];

  const pick = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    hit.act();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter") pick(current);
    else if (event.key === "ArrowDown") setAt(Math.min(at + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Search" className="palette" onClose={onClose}>
      <div className="palette-field">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label="Search conversations"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={current ? `${list}-${current.key}` : undefined}
          placeholder="Search conversations, or find what to do"
          autoFocus
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <kbd>Esc</kbd>
      </div>
      <div id={list} role="listbox" aria-label="Results" className="palette-list">
        {hits.map((hit) => (
          <button
            type="button"
            key={hit.key}
            id={`${list}-${hit.key}`}
            role="option"
            tabIndex={-1}
            aria-selected={hit === current}
            ref={hit === current ? (element) => element?.scrollIntoView({ block: "nearest" }) : undefined}
            onClick={() => pick(hit)}
          >
            <Icon name={hit.icon} size={16} />
            <span>{hit.label}</span>
            {hit.hint && <small>{hit.hint}</small>}
          </button>
        ))}
        {hits.length === 0 && <p className="list-note">Nothing is called “{query.trim()}”.</p>}
      </div>
    </Dialog>
  );
}

function actions(): readonly Hit[] {
  const dark = theme.get() === "dark" || (theme.get() === "system" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  return [
    { key: "new", icon: "plus", label: "New conversation", hint: "Ctrl Shift O", act: () => go({ name: "home" }) },
    { key: "memory", icon: "memory", label: "Memory", act: () => go({ name: "memory" }) },
    { key: "channels", icon: "channels", label: "Channels", act: () => go({ name: "channels" }) },
    ...operating(),
    ...peopleAndSelf(),
    {
      key: "theme",
      icon: dark ? "sun" : "moon",
      label: dark ? "Light theme" : "Dark theme",
      act: () => choose(dark ? "light" : "dark"),
    },
    { key: "out", icon: "out", label: "Sign out", act: () => void signOut() },
  ];
}

const TABS: readonly (readonly [OperationsTab, IconName, string])[] = [
  ["runs", "activity", "Operations: runs"],
  ["workers", "worker", "Operations: workers"],
  ["queues", "queue", "Operations: queues"],
  ["audit", "list", "Operations: audit"],
];

function operating(): readonly Hit[] {
  const state = session.get();
  if (state.state !== "in") return [];
  if (!operates(state.me)) return [{ key: "runs", icon: "list", label: "Runs", act: () => go({ name: "runs" }) }];
  return TABS.map(([tab, icon, label]) => ({ key: tab, icon, label, act: () => go({ name: "operations", tab }) }));
}

function peopleAndSelf(): readonly Hit[] {
  const state = session.get();
  if (state.state !== "in") return [];
  const others: readonly Hit[] = [
    { key: "members", icon: "people", label: "People: members", act: () => go({ name: "people", tab: "members" }) },
    { key: "teams", icon: "people", label: "People: teams", act: () => go({ name: "people", tab: "teams" }) },
  ];
  const everybody: Hit = { key: "users", icon: "people", label: "People: all users", act: () => go({ name: "people", tab: "users" }) };
  return [
    ...(seesPeople(state.me) ? others : []),
    ...(allowed(state.me, "manage_users") ? [everybody] : []),
    { key: "profile", icon: "sliders", label: "Settings: profile", act: () => go({ name: "settings", tab: "profile" }) },
    { key: "security", icon: "key", label: "Settings: password and sessions", act: () => go({ name: "settings", tab: "security" }) },
    { key: "tokens", icon: "key", label: "Settings: API tokens", act: () => go({ name: "settings", tab: "tokens" }) },
  ];
}

/** Every word must occur; what begins with the query comes first. */
function find(query: string, hits: readonly Hit[]): readonly Hit[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = hits.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
  const begins = (hit: Hit) => Number(!hit.label.toLowerCase().startsWith(words.join(" ")));
  return (words.length > 0 ? found.toSorted((a, b) => begins(a) - begins(b)) : found).slice(0, MOST);
}
