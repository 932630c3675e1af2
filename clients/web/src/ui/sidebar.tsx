/** The conversations, and the ways to everywhere else. */

import { Fragment, useEffect, useState, type MouseEvent } from "react";

import type { ConversationBody, MeBody } from "../api/schema.gen";
import { conversations } from "../live/conversations";
import { useEmitter } from "../live/emitter";
import { address, go, type Place } from "../live/place";
import { operates, seesPeople, signOut, switchWorkspace } from "../live/session";
import { choose, theme, type Theme } from "../live/theme";
import { followWorkspaces, workspaces } from "../live/workspaces";
import { period } from "../lib/time";
import { ConversationItem } from "./conversation-item";
import { closeDrawer } from "./drawer";
import { Icon, Logo, type IconName } from "./icons";
import { Menu } from "./menu";
import { SignOutEverywhere } from "./settings/sign-out-everywhere";

interface SidebarProps {
  readonly me: MeBody;
  readonly here: Place;
  readonly onSearch: () => void;
}

export function Sidebar({ me, here, onSearch }: SidebarProps) {
  return (
    <nav className="sidebar" aria-label="Mosaic">
      <div className="sidebar-head">
        <Logo />
        <Brand me={me} />
        <button type="button" className="icon-button drawer-button" aria-label="Close the sidebar" onClick={closeDrawer}>
          <Icon name="close" />
        </button>
      </div>
      <div className="sidebar-nav">
        <PlaceLink to={{ name: "home" }} here={here} icon="plus" label="New conversation" />
        <button type="button" className="nav-item" onClick={onSearch}>
          <Icon name="search" />
          <span>Search</span>
          <kbd>{/mac|iphone|ipad/i.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</kbd>
        </button>
        <PlaceLink to={{ name: "memory" }} here={here} icon="memory" label="Memory" />
        <PlaceLink to={{ name: "channels" }} here={here} icon="channels" label="Channels" />
        <PlaceLink to={{ name: "people", tab: seesPeople(me) ? "members" : "workspace" }} here={here} icon="people" label="People" />
        {operates(me) ? (
          <PlaceLink to={{ name: "operations", tab: "runs" }} here={here} icon="activity" label="Operations" />
        ) : (
          <PlaceLink to={{ name: "runs" }} here={here} icon="list" label="Runs" />
        )}
      </div>
      <ConversationList here={here} />
      <Person me={me} />
    </nav>
  );
}

/** Where one is; whoever is in several workspaces changes between them here. */
function Brand({ me }: { readonly me: MeBody }) {
  const mine = useEmitter(workspaces);
  useEffect(() => followWorkspaces(), []);
  if (mine.length < 2) return <span className="brand">Mosaic</span>;
  return (
    <Menu
      label="Workspace"
      heading="Workspaces"
      align="start"
      className="brand brand-button"
      button={
        <>
          <span>{me.workspace}</span>
          <Icon name="down" size={13} />
        </>
      }
      choices={mine.map(({ id, name, role, home }) => ({
        key: id,
        label: name,
        hint: home ? `${role} · runs the installation` : role,
        checked: id === me.workspaceId,
        choose: () => {
          if (id !== me.workspaceId) void switchWorkspace(id);
        },
      }))}
    />
  );
}

/** Follows a link inside of the page; with a modifier the browser does what it always does. */
export function follow(to: Place) {
  return (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
    closeDrawer();
  };
}

interface PlaceLinkProps {
  readonly to: Place;
  readonly here: Place;
  readonly icon: IconName;
  readonly label: string;
}

function PlaceLink({ to, here, icon, label }: PlaceLinkProps) {
  const current = to.name === here.name;
  return (
    <a className="nav-item" href={address(to)} aria-current={current ? "page" : undefined} onClick={follow(to)}>
      <Icon name={icon} />
      <span>{label}</span>
    </a>
  );
}

function ConversationList({ here }: { readonly here: Place }) {
  const state = useEmitter(conversations.state);
  const now = useMinute();
  return (
    <div className="conversations">
      {state.phase === "failed" && <p className="list-note">The list cannot be read now. It is tried again.</p>}
      {state.phase === "ready" && state.items.length === 0 && (
        <p className="list-note">Conversations appear here as soon as you begin one, from whatever surface.</p>
      )}
      <ul aria-label="Conversations">
        {state.items.map((one: ConversationBody, index) => {
          const group = period(one.updatedAt, now);
          const before = state.items[index - 1];
          const begins = !before || period(before.updatedAt, now) !== group;
          return (
            <Fragment key={one.id}>
              {begins && <li className="list-heading">{group}</li>}
              <ConversationItem conversation={one} here={here.name === "conversation" && here.id === one.id} />
            </Fragment>
          );
        })}
      </ul>
      {state.nextCursor && (
        <button type="button" className="ghost more" onClick={() => void conversations.loadMore()}>
          Show more
        </button>
      )}
    </div>
  );
}

/** The time, once a minute. */
function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const THEMES: readonly (readonly [Theme, string, IconName])[] = [
  ["system", "As the system", "screen"],
  ["light", "Light", "sun"],
  ["dark", "Dark", "moon"],
];

function Person({ me }: { readonly me: MeBody }) {
  const chosen = useEmitter(theme);
  const icon = THEMES.find(([name]) => name === chosen)?.[2] ?? "screen";
  const [leaving, setLeaving] = useState(false);
  return (
    <div className="person">
      <Menu
        label="Account"
        side="up"
        align="start"
        className="person-button"
        button={
          <>
            <span className="avatar" aria-hidden="true">
              {(me.name.trim()[0] ?? "?").toUpperCase()}
            </span>
            <span className="person-name">
              {me.name}
              <small>{me.email ?? me.role}</small>
            </span>
          </>
        }
        choices={[
          {
            key: "settings",
            label: "Settings",
            hint: "Profile, security, tokens",
            icon: <Icon name="sliders" />,
            choose: () => go({ name: "settings", tab: "profile" }),
          },
          { key: "out", label: "Sign out", icon: <Icon name="out" />, choose: () => void signOut() },
          {
            key: "everywhere",
            label: "Sign out everywhere…",
            hint: "Ends your sessions in all browsers",
            icon: <Icon name="out" />,
            danger: true,
            choose: () => setLeaving(true),
          },
        ]}
      />
      <Menu
        label="Theme"
        side="up"
        button={<Icon name={icon} />}
        choices={THEMES.map(([name, label, picture]) => ({
          key: name,
          label,
          icon: <Icon name={picture} size={16} />,
          checked: chosen === name,
          choose: () => choose(name),
        }))}
      />
      {leaving && <SignOutEverywhere onClose={() => setLeaving(false)} />}
    </div>
  );
}
