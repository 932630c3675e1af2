/** What people arrange for themselves: who they are, how they get in, and what programs of theirs use. */

import { useEffect, type ReactNode } from "react";

import type { MeBody } from "../api/schema.gen";
import { SETTINGS_TABS, type SettingsTab } from "../live/place";
import { allowed } from "../live/session";
import { Icon } from "./icons";
import { Identities } from "./settings/identities";
import { Password } from "./settings/password";
import { Profile } from "./settings/profile";
import { Sessions } from "./settings/sessions";
import { Tokens } from "./settings/tokens";
import { Tabs } from "./tabs";
import { TopBar } from "./top-bar";

const NAMES: Readonly<Record<SettingsTab, string>> = { profile: "Profile", security: "Security", tokens: "API tokens" };

interface SettingsProps {
  readonly me: MeBody;
  readonly tab: SettingsTab;
}

export function Settings({ me, tab }: SettingsProps) {
  useEffect(() => {
    document.title = `${NAMES[tab]} · Settings · Mosaic`;
  }, [tab]);
  return (
    <>
      <TopBar title="Settings" />
      <div className="page">
        <div className="page-inner">
          <Tabs
            label="Settings"
            tabs={SETTINGS_TABS.map((one) => ({ to: { name: "settings", tab: one }, label: NAMES[one], current: one === tab }))}
          />
          {allowed(me, "manage_self") ? content(tab, me) : <Limited />}
        </div>
      </div>
    </>
  );
}

function content(tab: SettingsTab, me: MeBody): ReactNode {
  switch (tab) {
    case "profile":
      return <Profile me={me} />;
    case "security":
      return (
        <>
          <Password me={me} />
          <Identities />
          <Sessions />
        </>
      );
    case "tokens":
      return <Tokens me={me} />;
  }
}

/** A session that was begun with a narrow token can do no more than the token. */
function Limited() {
  return (
    <div className="empty small">
      <Icon name="key" size={28} />
      <h2>This session may not change your account</h2>
      <p className="muted">You signed in with an API token that may not. Sign in with your password, or with a token that may do everything.</p>
    </div>
  );
}
