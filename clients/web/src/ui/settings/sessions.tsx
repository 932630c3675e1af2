/** Where the person is signed in. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { SessionBody } from "../../api/schema.gen";
import { SELDOM_MS, useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { ago, exactly } from "../../lib/time";
import { Sure } from "../form-dialog";
import { Area, Badge, Empty } from "../operations/parts";
import { SignOutEverywhere } from "./sign-out-everywhere";

const load = () => must(api.GET("/api/sessions"));

export function Sessions() {
  const live = useLive(load, SELDOM_MS);
  const [leaving, setLeaving] = useState(false);
  return (
    <section className="panel" aria-label="Sessions">
      <div className="panel-head">
        <h2>Sessions</h2>
        <button type="button" className="button small quiet-danger" onClick={() => setLeaving(true)}>
          Sign out everywhere…
        </button>
      </div>
      <Area live={live} isEmpty={({ items }) => items.length === 0} empty={<Empty icon="screen" title="No sessions" />}>
        {({ items }) => (
          <ul className="rows" aria-label="Sessions">
            {items.map((one) => (
              <Row key={one.id} session={one} onDone={() => void live.refresh()} />
            ))}
          </ul>
        )}
      </Area>
      {leaving && <SignOutEverywhere onClose={() => setLeaving(false)} />}
    </section>
  );
}

const METHODS: Readonly<Record<string, string>> = {
  password: "with a password",
  token: "with an API token",
  oidc: "through single sign-on",
  break_glass: "in an emergency",
};

function Row({ session, onDone }: { readonly session: SessionBody; readonly onDone: () => void }) {
  const { id, method, browser, address, createdAt, lastUsedAt, expiresAt, current } = session;
  const [asking, setAsking] = useState(false);
  const name = browser || "Unknown browser";
  const end = async () => {
    await must(api.DELETE("/api/sessions/{id}", { params: { path: { id } } }));
    note("The session has ended.");
    onDone();
  };
  return (
    <li className="row plain">
      <div className="row-main">
        <p className="row-title">
          {name} {current && <Badge tone="good">this one</Badge>}
        </p>
        <p className="row-meta">
          <span>{METHODS[method] ?? method}</span>
          {address && <span>from {address}</span>}
          <time dateTime={lastUsedAt} title={exactly(lastUsedAt)}>
            used {ago(lastUsedAt)}
          </time>
          <time dateTime={createdAt} title={exactly(createdAt)}>
            begun {ago(createdAt)}
          </time>
          <time dateTime={expiresAt} title={exactly(expiresAt)}>
            ends {ago(expiresAt)}
          </time>
        </p>
      </div>
      {!current && (
        <div className="row-actions">
          <button type="button" className="button small" aria-label={`End the session in ${name}`} onClick={() => setAsking(true)}>
            End
          </button>
        </div>
      )}
      {asking && (
        <Sure
          title="End this session?"
          text={`Whoever uses ${name}${address ? ` from ${address}` : ""} is signed out at once.`}
          action="End it"
          onConfirm={end}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
