/** Ends every run by force: for when something has gone badly wrong. */

import { useEffect, useState } from "react";

import { api, must } from "../../api/client";
import type { KillScope } from "../../api/schema.gen";
import { note } from "../../live/toasts";
import { AskReason } from "../reason";

/** Counted up to here. */
const MOST = 200;

interface KillAllProps {
  readonly scope: KillScope;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function KillAll({ scope, onDone, onClose }: KillAllProps) {
  const number = useActive(scope);
  const whose = scope === "mine" ? "of yours" : "in this workspace, whoever owns them,";
  const kill = async (reason: string) => {
    const { killed } = await must(api.POST("/api/runs/kill", { body: { reason, scope } }));
    note(killed === 1 ? "1 run was killed." : `${killed} runs were killed.`);
    onDone();
  };
  return (
    <AskReason
      title={scope === "mine" ? "Kill all your runs?" : "Kill all runs of everybody?"}
      text={`All runs ${whose} that have not ended are ended at once: queued, running and paused ones. ${number}`}
      action="Kill all"
      sure="I mean all of them"
      danger
      onConfirm={kill}
      onClose={onClose}
    />
  );
}

/** How many that would be, as a sentence. */
function useActive(scope: KillScope): string {
  const [text, setText] = useState("");
  useEffect(() => {
    let gone = false;
    const count = async () => {
      const query = { scope, state: "active", limit: MOST };
      const { items, nextCursor } = await must(api.GET("/api/runs", { params: { query } }));
      if (gone) return;
      const many = nextCursor ? `more than ${MOST}` : String(items.length);
      setText(items.length === 1 ? "Now that is 1." : `Now those are ${many}.`);
    };
    // Without a number the question is the same.
    count().catch(() => undefined);
    return () => {
      gone = true;
    };
  }, [scope]);
  return text;
}
