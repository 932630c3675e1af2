/** Who one is, and an end of that. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody } from "../../api/schema.gen";
import { enter, gone } from "../../live/session";
import { note } from "../../live/toasts";
import { Field, Form, FormProblem, Submit, useSending } from "../form";
import { TypeName } from "../form-dialog";

export function Profile({ me }: { readonly me: MeBody }) {
  const [name, setName] = useState(me.name);
  const sending = useSending(async () => {
    enter(await must(api.PATCH("/api/me", { body: { name: name.trim() } })));
    note("Your name is changed.");
  });
  return (
    <>
      <section className="card" aria-label="Profile">
        <h2>Profile</h2>
        <Form sending={sending} label="Profile">
          <Field
            label="Name"
            name="name"
            autoComplete="name"
            maxLength={100}
            value={name}
            onChange={setName}
            sending={sending}
            hint="Others see it beside what you do."
          />
          <FormProblem sending={sending} beside={["name"]} />
          <div className="form-actions">
            <Submit sending={sending} ready={name.trim() !== "" && name.trim() !== me.name}>
              Save
            </Submit>
          </div>
        </Form>
        <Facts me={me} />
      </section>
      <EndOfIt me={me} />
    </>
  );
}

function Facts({ me }: { readonly me: MeBody }) {
  return (
    <dl className="facts">
      <div>
        <dt>Email</dt>
        <dd>
          {me.email ?? "none"}
          {me.email && <small>{me.emailVerified ? "verified" : "not verified"}</small>}
        </dd>
      </div>
      <div>
        <dt>Workspace</dt>
        <dd>
          {me.workspace}
          <small>
            you are {me.role === "owner" || me.role === "admin" ? "an" : "a"} {me.role} there
          </small>
        </dd>
      </div>
    </dl>
  );
}

function EndOfIt({ me }: { readonly me: MeBody }) {
  const [asking, setAsking] = useState(false);
  const end = async (confirm: string) => {
    await must(api.DELETE("/api/me", { body: { confirm } }));
    gone();
    note("Your account is deleted.");
  };
  return (
    <section className="card danger-card" aria-label="Delete the account">
      <h2>Delete the account</h2>
      <p className="muted">Your conversations, memories, tokens and links to chat accounts go with it, in every workspace. Nobody can bring them back.</p>
      <button type="button" className="button quiet-danger" onClick={() => setAsking(true)}>
        Delete my account…
      </button>
      {asking && (
        <TypeName
          title="Delete your account?"
          text="Everything that is yours is gone for good, and what you let run now is ended."
          action="Delete my account"
          what={me.email ? "your email address" : "your name"}
          names={[me.email ?? me.name]}
          onConfirm={end}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
