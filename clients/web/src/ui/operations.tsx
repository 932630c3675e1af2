/** What owners and admins see and do: the runs of everybody, the workers, the queues, and who commanded what. */

import { useEffect, type ReactNode } from "react";

import type { MeBody } from "../api/schema.gen";
import { go, OPERATIONS_TABS, type OperationsTab } from "../live/place";
import { allowed, operates } from "../live/session";
import { Icon } from "./icons";
import { AuditLog } from "./operations/audit";
import { QueueList } from "./operations/queues";
import { RunList } from "./operations/runs";
import { WorkerList } from "./operations/workers";
import { Tabs } from "./tabs";
import { TopBar } from "./top-bar";

const NAMES: Readonly<Record<OperationsTab, string>> = { runs: "Runs", workers: "Workers", queues: "Queues", audit: "Audit" };

interface OperationsProps {
  readonly me: MeBody;
  readonly tab: OperationsTab;
}

export function Operations({ me, tab }: OperationsProps) {
  useEffect(() => {
    document.title = `${NAMES[tab]} · Operations · Mosaic`;
  }, [tab]);
  if (!operates(me)) return <Refused />;
  const tabs = OPERATIONS_TABS.filter((one) => one !== "audit" || allowed(me, "read_audit"));
  return (
    <>
      <TopBar title="Operations" />
      <div className="page">
        <div className="page-inner wide">
          <Tabs
            label="Operations"
            tabs={tabs.map((one) => ({ to: { name: "operations", tab: one }, label: NAMES[one], current: one === tab }))}
          />
          {content(tab, me)}
        </div>
      </div>
    </>
  );
}

function content(tab: OperationsTab, me: MeBody): ReactNode {
  switch (tab) {
    case "runs":
      return <RunList me={me} everybody />;
    case "workers":
      return <WorkerList commands={allowed(me, "operate_installation")} />;
    case "queues":
      return <QueueList commands={allowed(me, "operate_installation")} />;
    case "audit":
      return <AuditLog />;
  }
}

function Refused() {
  return (
    <>
      <TopBar title="Operations" />
      <div className="empty">
        <Icon name="alert" size={32} />
        <h2>This is for owners and admins</h2>
        <p className="muted">Whoever owns this workspace can make you an admin. Your own runs are yours to command.</p>
        <button type="button" className="button" onClick={() => go({ name: "runs" }, true)}>
          Show my runs
        </button>
      </div>
    </>
  );
}
