/** The workspace itself, and the others that one is in. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { MeBody, WorkspaceBody } from "../../api/schema.gen";
import { useEmitter } from "../../live/emitter";
import { allowed, look, switchWorkspace } from "../../live/session";
import { note } from "../../live/toasts";
import { loadWorkspaces, workspaces } from "../../live/workspaces";
import { exactly } from "../../lib/time";
import { Field, Form, FormProblem, Submit, useSending } from "../form";
import { FormDialog, Sure, TypeName } from "../form-dialog";
import { Icon } from "../icons";
import { Badge } from "../operations/parts";
import { RoleTag } from "./parts";

export function Workspace({ me }: { readonly me: MeBody }) {
  const mine = useEmitter(workspaces);
  const [making, setMaking] = useState(false);
  const here = mine.find(({ id }) => id === me.workspaceId);
  return (
    <section aria-label="Workspace" className="panel">
      {allowed(me, "manage_workspace") && <Name key={me.workspace} me={me} />}
      <div className="panel-head">
        <h2>Your workspaces</h2>
        {allowed(me, "create_workspace") && (
          <button type="button" className="button small" onClick={() => setMaking(true)}>
            <Icon name="plus" size={14} />
            New workspace
          </button>
        )}
      </div>
      <ul className="rows" aria-label="Your workspaces">
        {mine.map((one) => (
          <Row key={one.id} workspace={one} here={one.id === me.workspaceId} />
        ))}
      </ul>
      {allowed(me, "manage_self") && <Leave me={me} />}
      {here && !here.home && here.role === "owner" && <Delete workspace={here} />}
      {making && <NewWorkspace onClose={() => setMaking(false)} />}
    </section>
  );
}

function Row({ workspace, here }: { readonly workspace: WorkspaceBody; readonly here: boolean }) {
  const { id, name, role, home, createdAt } = workspace;
  return (
    <li className="row plain">
      <div className="row-main">
        <p className="row-title">
          {name} <RoleTag role={role} /> {here && <Badge tone="good">you are here</Badge>}
        </p>
        <p className="row-meta">
          {home && <span>runs the installation</span>}
          <time dateTime={createdAt} title={exactly(createdAt)}>
            since {new Date(createdAt).toLocaleDateString()}
          </time>
        </p>
      </div>
      <div className="row-actions">
        {!here && (
          <button type="button" className="button small" aria-label={`Go to ${name}`} onClick={() => void switchWorkspace(id)}>
            Go there
          </button>
        )}
      </div>
    </li>
  );
}

function Name({ me }: { readonly me: MeBody }) {
  const [name, setName] = useState(me.workspace);
  const sending = useSending(async () => {
    const path = { id: me.workspaceId };
    await must(api.PATCH("/api/workspaces/{id}", { params: { path }, body: { name: name.trim() } }));
    await Promise.all([look(), loadWorkspaces()]);
    note("The workspace is renamed.");
  });
  return (
    <div className="card">
      <Form sending={sending} label="Rename the workspace">
        <Field label="Name of the workspace" name="name" autoComplete="off" maxLength={100} value={name} onChange={setName} sending={sending} />
        <FormProblem sending={sending} beside={["name"]} />
        <div className="form-actions">
          <Submit sending={sending} ready={name.trim() !== "" && name.trim() !== me.workspace}>
            Rename
          </Submit>
        </div>
      </Form>
    </div>
  );
}

function NewWorkspace({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState("");
  const sending = useSending(async () => {
    await must(api.POST("/api/workspaces", { body: { name: name.trim() } }));
    await loadWorkspaces();
    note(`${name.trim()} is made. You own it.`);
    onClose();
  });
  return (
    <FormDialog
      title="New workspace"
      text="It has people, teams, agents and data of its own. You own it, and invite others."
      action="Make it"
      ready={name.trim() !== ""}
      beside={["name"]}
      sending={sending}
      onClose={onClose}
    >
      <Field label="Name" name="name" autoComplete="off" maxLength={100} value={name} onChange={setName} sending={sending} />
    </FormDialog>
  );
}

function Leave({ me }: { readonly me: MeBody }) {
  const [asking, setAsking] = useState(false);
  const leave = async () => {
    await must(api.DELETE("/api/members/{userId}", { params: { path: { userId: me.userId } } }));
    note(`You have left ${me.workspace}.`);
    await look();
  };
  return (
    <div className="form-actions">
      <button type="button" className="button small quiet-danger" onClick={() => setAsking(true)}>
        Leave {me.workspace}…
      </button>
      {asking && (
        <Sure
          title={`Leave ${me.workspace}?`}
          text="Your sessions and tokens there end, and what runs for you. What you said stays for when you come back; that takes an invitation."
          action="Leave"
          onConfirm={leave}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}

function Delete({ workspace: { id, name } }: { readonly workspace: WorkspaceBody }) {
  const [asking, setAsking] = useState(false);
  const remove = async (confirm: string) => {
    await must(api.DELETE("/api/workspaces/{id}", { params: { path: { id } }, body: { confirm } }));
    note(`${name} is deleted.`);
    await Promise.all([look(), loadWorkspaces()]);
  };
  return (
    <div className="card danger-card">
      <h2>Delete the workspace</h2>
      <p className="muted">Everything that everybody has in it goes: conversations, memories, teams, invitations, tokens. Their accounts stay.</p>
      <button type="button" className="button quiet-danger" onClick={() => setAsking(true)}>
        Delete {name}…
      </button>
      {asking && (
        <TypeName
          title={`Delete ${name}?`}
          text="What is in it is gone for good, for everybody. What runs there is ended."
          action="Delete the workspace"
          what="its name"
          names={[name]}
          onConfirm={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
