/** API tokens: what programs of the person's show. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, TokenBody } from "../../api/schema.gen";
import { SELDOM_MS, useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { ago, exactly } from "../../lib/time";
import { Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Area, Badge, Empty, useSecond } from "../operations/parts";
import { NewToken } from "./new-token";

const load = () => must(api.GET("/api/tokens"));

export function Tokens({ me }: { readonly me: MeBody }) {
  const live = useLive(load, SELDOM_MS);
  const now = useSecond();
  const [making, setMaking] = useState(false);
  const done = () => void live.refresh();
  return (
    <section className="panel" aria-label="API tokens">
      <div className="panel-head">
        <p className="panel-note">Programs that act as you show a token: the command line, scripts, other machines.</p>
        <button type="button" className="button small primary" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} />
          New token
        </button>
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="key" title="No tokens" text="`mosaic login` makes one for this machine, and asks you here." />}
      >
        {({ items }) => (
          <ul className="rows" aria-label="API tokens">
            {items.map((token) => (
              <Row key={token.id} token={token} now={now} onDone={done} />
            ))}
          </ul>
        )}
      </Area>
      {making && <NewToken me={me} onMade={done} onClose={() => setMaking(false)} />}
    </section>
  );
}

interface RowProps {
  readonly token: TokenBody;
  readonly now: number;
  readonly onDone: () => void;
}

function Row({ token, now, onDone }: RowProps) {
  const { id, name, scopes, hint, createdAt, lastUsedAt, expiresAt, current } = token;
  const [asking, setAsking] = useState(false);
  const over = expiresAt ? Date.parse(expiresAt) < now : false;
  const revoke = async () => {
    await must(api.DELETE("/api/tokens/{id}", { params: { path: { id } } }));
    note("The token is revoked.");
    onDone();
  };
  return (
    <li className="row plain">
      <div className="row-main">
        <p className="row-title">
          {name} {hint && <code>{hint}</code>} {current && <Badge tone="good">this session</Badge>} {over && <Badge tone="bad">expired</Badge>}
        </p>
        <p className="row-meta">
          <span>may {scopes.join(", ")}</span>
          {lastUsedAt ? (
            <time dateTime={lastUsedAt} title={exactly(lastUsedAt)}>
              used {ago(lastUsedAt)}
            </time>
          ) : (
            <span>never used</span>
          )}
          <time dateTime={createdAt} title={exactly(createdAt)}>
            made {ago(createdAt)}
          </time>
          {expiresAt ? (
            <time dateTime={expiresAt} title={exactly(expiresAt)}>
              {over ? "ended" : "ends"} {ago(expiresAt)}
            </time>
          ) : (
            <span>never ends</span>
          )}
        </p>
      </div>
      <div className="row-actions">
        <button type="button" className="button small quiet-danger" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
          Revoke
        </button>
      </div>
      {asking && (
        <Sure
          title={`Revoke ${name}?`}
          text={
            current
              ? "This session was begun with it and ends at once, as does every program that uses it."
              : "Programs that use it stop working at once, and sessions that were begun with it end."
          }
          action="Revoke"
          onConfirm={revoke}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}
