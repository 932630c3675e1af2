/** Who is in the workspace and in its teams, who is invited, and for those who run the installation everybody with an account. */

import { useEffect, type ReactNode } from "react";

import type { MeBody } from "../api/schema.gen";
import { go, PEOPLE_TABS, type PeopleTab } from "../live/place";
import { allowed, seesPeople } from "../live/session";
import { Icon } from "./icons";
import { Invitations } from "./people/invitations";
import { Members } from "./people/members";
import { Teams } from "./people/teams";
import { Users } from "./people/users";
import { Workspace } from "./people/workspace";
import { Tabs } from "./tabs";
import { TopBar } from "./top-bar";

const NAMES: Readonly<Record<PeopleTab, string>> = {
  members: "Members",
  teams: "Teams",
  invitations: "Invitations",
  workspace: "Workspace",
  users: "All users",
};

interface PeopleProps {
  readonly me: MeBody;
  readonly tab: PeopleTab;
}

export function People({ me, tab }: PeopleProps) {
  useEffect(() => {
    document.title = `${NAMES[tab]} · People · Mosaic`;
  }, [tab]);
  const tabs = PEOPLE_TABS.filter((one) => open(one, me));
  return (
    <>
      <TopBar title="People" />
      <div className="page">
        <div className="page-inner wide">
          <Tabs label="People" tabs={tabs.map((one) => ({ to: { name: "people", tab: one }, label: NAMES[one], current: one === tab }))} />
          {open(tab, me) ? content(tab, me) : <Refused />}
        </div>
      </div>
    </>
  );
}

/** What somebody finds here. */
function open(tab: PeopleTab, me: MeBody): boolean {
  if (tab === "invitations") return allowed(me, "invite");
  if (tab === "users") return allowed(me, "manage_users");
  // Everybody has workspaces; who else is in them is no business of guests.
  return tab === "workspace" ? allowed(me, "read") : seesPeople(me);
}

function content(tab: PeopleTab, me: MeBody): ReactNode {
  switch (tab) {
    case "members":
      return <Members me={me} />;
    case "teams":
      return <Teams me={me} />;
    case "invitations":
      return <Invitations me={me} />;
    case "workspace":
      return <Workspace me={me} />;
    case "users":
      return <Users me={me} />;
  }
}

function Refused() {
  return (
    <div className="empty small">
      <Icon name="alert" size={28} />
      <h2>This is not for your role</h2>
      <p className="muted">Guests do not see who else is here. Owners and admins invite people, and those of the home workspace manage all users.</p>
      <button type="button" className="button" onClick={() => go({ name: "people", tab: "workspace" }, true)}>
        Show my workspaces
      </button>
    </div>
  );
}
