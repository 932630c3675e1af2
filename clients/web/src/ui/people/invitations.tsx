/** Links with which people come into the workspace. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { InvitationBody, MeBody } from "../../api/schema.gen";
import { ago, exactly } from "../../lib/time";
import { SELDOM_MS, useLive } from "../../live/poll";
import { note } from "../../live/toasts";
import { Sure } from "../form-dialog";
import { Icon } from "../icons";
import { Area, Badge, Empty } from "../operations/parts";
import { NewInvitation } from "./new-invitation";
import { RoleTag } from "./parts";

const load = () => must(api.GET("/api/invitations"));

export function Invitations({ me }: { readonly me: MeBody }) {
  const live = useLive(load, SELDOM_MS);
  const [making, setMaking] = useState(false);
  const done = () => void live.refresh();
  return (
    <section aria-label="Invitations" className="panel">
      <div className="panel-head">
        <p className="panel-note">Whoever opens the link joins {me.workspace}, with an account of theirs or a new one.</p>
        <button type="button" className="button small primary" onClick={() => setMaking(true)}>
          <Icon name="plus" size={14} />
          Invite
        </button>
      </div>
      <Area
        live={live}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty icon="link" title="Nobody is invited" text="Mosaic sends no mail: you pass the link on yourself." />}
      >
        {({ items }) => (
          <ul className="rows" aria-label="Invitations">
            {items.map((one) => (
              <Row key={one.id} invitation={one} onDone={done} />
            ))}
          </ul>
        )}
      </Area>
      {making && <NewInvitation me={me} onMade={done} onClose={() => setMaking(false)} />}
    </section>
  );
}

const TONES: Readonly<Record<string, string>> = { open: "asked", accepted: "good", revoked: "bad" };

function Row({ invitation, onDone }: { readonly invitation: InvitationBody; readonly onDone: () => void }) {
  const { id, email, role, inviter, createdAt, expiresAt, state } = invitation;
  const [asking, setAsking] = useState(false);
  const whom = email ?? "Whoever has the link";
  const revoke = async () => {
    await must(api.DELETE("/api/invitations/{id}", { params: { path: { id } } }));
    note("The link works no longer.");
    onDone();
  };
  return (
    <li className="row">
      <Badge tone={TONES[state] ?? "idle"}>{state}</Badge>
      <div className="row-main">
        <p className="row-title">
          {whom} <RoleTag role={role} />
        </p>
        <p className="row-meta">
          <span>by {inviter}</span>
          <time dateTime={createdAt} title={exactly(createdAt)}>
            made {ago(createdAt)}
          </time>
          {state === "open" && (
            <time dateTime={expiresAt} title={exactly(expiresAt)}>
              ends {ago(expiresAt)}
            </time>
          )}
        </p>
      </div>
      <div className="row-actions">
        {state === "open" && (
          <button type="button" className="button small quiet-danger" aria-label={`Revoke the invitation of ${whom}`} onClick={() => setAsking(true)}>
            Revoke
          </button>
        )}
      </div>
      {asking && (
        <Sure title="Revoke this invitation?" text="Its link works no longer." action="Revoke" onConfirm={revoke} onClose={() => setAsking(false)} />
      )}
    </li>
  );
}
