/** Places where the person is known and from which they may sign in. */

import { useEffect, useState } from "react";

import { api, must } from "../../api/client";
import type { IdentityBody } from "../../api/schema.gen";
import { useEmitter } from "../../live/emitter";
import { entry, lookForWays, startAt } from "../../live/entry";
import { SELDOM_MS, useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { ago, exactly } from "../../lib/time";
import { Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Problem } from "../operations/parts";

const load = () => must(api.GET("/api/me/identities"));
const HERE = "/settings/security";

export function Identities() {
  const ways = useEmitter(entry);
  const { data, problem, refresh } = useLive(load, SELDOM_MS);
  useEffect(() => void lookForWays(), []);
  const providers = ways.state === "known" ? ways.ways.providers : [];
  const linked = data?.items ?? [];
  // Where nobody signs in elsewhere there is nothing to say.
  if (providers.length === 0 && linked.length === 0 && !problem) return null;
  const others = providers.filter(({ name }) => !linked.some(({ provider }) => provider === name));
  return (
    <section className="card" aria-label="Single sign-on">
      <h2>Single sign-on</h2>
      {problem && <Problem problem={problem} />}
      {linked.length > 0 && (
        <ul className="accounts" aria-label="Linked sign-ins">
          {linked.map((one) => (
            <Linked key={one.id} identity={one} onDone={() => void refresh()} />
          ))}
        </ul>
      )}
      {others.map(({ name, label }) => (
        <a key={name} className="button" href={startAt(name, HERE, true)}>
          <Icon name="link" size={16} />
          Link {label}
        </a>
      ))}
    </section>
  );
}

interface LinkedProps {
  readonly identity: IdentityBody;
  readonly onDone: () => void;
}

function Linked({ identity: { id, label, email, createdAt, lastLoginAt }, onDone }: LinkedProps) {
  const [asking, setAsking] = useState(false);
  const unlink = async () => {
    await must(api.DELETE("/api/me/identities/{id}", { params: { path: { id } } }));
    note(`${label} is no longer linked.`);
    onDone();
  };
  return (
    <li>
      <span className="avatar" aria-hidden="true">
        {(label.trim()[0] ?? "?").toUpperCase()}
      </span>
      <span className="account-name">
        {label}
        {email ? ` · ${email}` : ""}
        <small title={exactly(createdAt)}>
          linked {ago(createdAt)}, used {ago(lastLoginAt)}
        </small>
      </span>
      <button type="button" className="button small" aria-label={`Unlink ${label}`} onClick={() => setAsking(true)}>
        Unlink
      </button>
      {asking && (
        <Sure
          title={`Unlink ${label}?`}
          text="You no longer sign in from there, and sessions that were begun there end."
          action="Unlink"
          onConfirm={unlink}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
