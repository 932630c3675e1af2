/** A program asks to act as somebody. They type the code that it shows, see who asks from where, and let it in or not. */

import { useState } from "react";

import { api, must } from "../../api/client";
import type { LoginRequestBody, MeBody } from "../../api/schema.gen";
import { go } from "../../live/place";
import { ago, exactly } from "../../lib/time";
import { Field, Form, FormProblem, Submit, useSending } from "../form";
import { Gate } from "./gate";

export function Approve({ me }: { readonly me: MeBody }) {
  // It is typed, never taken from an address: a link that somebody sent must not be two clicks away from their program.
  const [code, setCode] = useState("");
  const [request, setRequest] = useState<LoginRequestBody>();
  const [verdict, setVerdict] = useState<"approved" | "denied">();
  const sending = useSending(async () => {
    setRequest(await must(api.POST("/api/login-requests/look", { body: { code: tidy(code) } })));
  });
  if (verdict) return <Done verdict={verdict} />;
  if (request) return <Decide me={me} code={tidy(code)} request={request} onDone={setVerdict} onBack={() => setRequest(undefined)} />;
  return (
    <Gate title="Let a program in" lead="This is the code that the program shows. Only go on if you started it yourself.">
      <Form sending={sending} label="Let a program in">
        <Field
          label="Code"
          name="code"
          autoComplete="off"
          autoFocus
          placeholder="ABCDE-FGHJK"
          value={code}
          onChange={(typed) => setCode(typed.toUpperCase())}
          sending={sending}
          maxLength={16}
        />
        <FormProblem sending={sending} beside={["code"]} />
        <Submit sending={sending} ready={tidy(code).length >= 10} className="button primary wide">
          Go on
        </Submit>
      </Form>
    </Gate>
  );
}

/** As it is written: two groups of five, whatever was typed between them. */
function tidy(code: string): string {
  const letters = code.replace(/[^A-Z0-9]/g, "");
  return letters.length > 5 ? `${letters.slice(0, 5)}-${letters.slice(5)}` : letters;
}

interface DecideProps {
  readonly me: MeBody;
  readonly code: string;
  readonly request: LoginRequestBody;
  readonly onDone: (verdict: "approved" | "denied") => void;
  readonly onBack: () => void;
}

function Decide({ me, code, request, onDone, onBack }: DecideProps) {
  const approving = useSending(async () => {
    await must(api.POST("/api/login-requests/approve", { body: { code } }));
    onDone("approved");
  });
  const denying = useSending(async () => {
    await must(api.POST("/api/login-requests/deny", { body: { code } }));
    onDone("denied");
  });
  const busy = approving.busy || denying.busy;
  return (
    <Gate title="Let this program in?" lead={`It gets an API token and acts as ${me.name} in ${me.workspace}, until you revoke it.`}>
      <dl className="facts">
        <div>
          <dt>Program</dt>
          <dd>{request.name}</dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>{request.address}</dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd title={exactly(request.createdAt)}>{ago(request.createdAt)}</dd>
        </div>
        <div>
          <dt>Code</dt>
          <dd>
            <code>{code}</code>
          </dd>
        </div>
      </dl>
      <p className="gate-warning">If you did not start it, or somebody sent you the code, refuse.</p>
      <FormProblem sending={approving} />
      <FormProblem sending={denying} />
      <div className="gate-actions">
        <button type="button" className="button wide" disabled={busy} onClick={denying.send}>
          Refuse
        </button>
        <button type="button" className="button primary wide" disabled={busy} onClick={approving.send}>
          Let it in
        </button>
      </div>
      <button type="button" className="link" onClick={onBack}>
        Another code
      </button>
    </Gate>
  );
}

function Done({ verdict }: { readonly verdict: "approved" | "denied" }) {
  const lead =
    verdict === "approved"
      ? "Go back to it: it goes on by itself in a few seconds. Its token is among yours, under Settings."
      : "It gets nothing. If you do not know where the code came from, change your password.";
  return (
    <Gate title={verdict === "approved" ? "The program is let in" : "The program is refused"} lead={lead}>
      <button type="button" className="button wide" autoFocus onClick={() => go({ name: "settings", tab: "tokens" }, true)}>
        Show my tokens
      </button>
      <button type="button" className="link" onClick={() => go({ name: "home" }, true)}>
        Go to Mosaic
      </button>
    </Gate>
  );
}
