/** A token is made: what for, what it may do, and until when. Then it is shown, once. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody } from "../../api/schema.gen";
import { implied, SCOPE_TEXT, TOKEN_SCOPES, type TokenScope } from "../../lib/roles";
import { allowed } from "../../live/session";
import { Dialog } from "../dialog";
import { ChoiceField, Field, useSending } from "../form";
import { FormDialog } from "../form-dialog";
import { Secret } from "../secret";

const LIVES = [
  ["7", "In 7 days"],
  ["30", "In 30 days"],
  ["90", "In 90 days"],
  ["365", "In a year"],
  ["", "Never"],
] as const;

interface NewTokenProps {
  readonly me: MeBody;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

export function NewToken({ me, onMade, onClose }: NewTokenProps) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<TokenScope>>(new Set(["converse"]));
  const [days, setDays] = useState<(typeof LIVES)[number][0]>("90");
  const [token, setToken] = useState<string>();
  const offered = TOKEN_SCOPES.filter((scope) => grantable(me, scope));
  const chosen = offered.filter((scope) => scopes.has(scope) && !implied(scopes, scope));
  const sending = useSending(async () => {
    const body = { name: name.trim(), scopes: chosen, ...(days ? { expiresInDays: Number(days) } : {}) };
    setToken((await must(api.POST("/api/tokens", { body }))).token);
    onMade();
  });
  const turn = (scope: TokenScope, on: boolean) => {
    const next = new Set(scopes);
    if (on) next.add(scope);
    else next.delete(scope);
    setScopes(next);
  };
  if (token) {
    return (
      <Dialog title="The token" className="editor" onClose={onClose}>
        <h2>{name.trim()} is made</h2>
        <Secret label="API token" value={token} note="It is shown this once: keep it where the program finds it, and show it to nobody." />
        <div className="dialog-actions">
          <button type="button" className="button primary" onClick={onClose}>
            Done
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="New token"
      action="Make it"
      ready={name.trim() !== "" && chosen.length > 0}
      beside={["name", "scopes", "expiresInDays"]}
      sending={sending}
      onClose={onClose}
    >
      <Field
        label="What it is for"
        name="name"
        placeholder="e.g. backup script"
        autoComplete="off"
        maxLength={100}
        value={name}
        onChange={setName}
        sending={sending}
      />
      <fieldset className="choices">
        <legend>What it may do</legend>
        {offered.map((scope) => (
          <label key={scope} className="tick">
            <input
              type="checkbox"
              checked={scopes.has(scope) || implied(scopes, scope)}
              disabled={implied(scopes, scope)}
              onChange={(event) => turn(scope, event.target.checked)}
            />
            <span>
              {scope}
              <small>{SCOPE_TEXT[scope]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <ChoiceField label="Ends" name="expiresInDays" value={days} options={LIVES} onChoose={setDays} sending={sending} />
    </FormDialog>
  );
}

/** No token may do more than whoever makes it: what their role and their session let them. */
function grantable(me: MeBody, scope: TokenScope): boolean {
  switch (scope) {
    case "read":
      return allowed(me, "read");
    case "converse":
      return allowed(me, "converse");
    case "operate":
      return allowed(me, "operate");
    case "admin":
      return allowed(me, "manage_self");
  }
}
