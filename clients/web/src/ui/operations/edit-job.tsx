/** A job is put back with other data than it had. */

import { useState, type FormEvent } from "react";

import { shown, type ApiError } from "../../api/client";
import type { RetryBody } from "../../api/schema.gen";
import { Dialog } from "../dialog";
import { Spinner } from "../icons";
import { Problem } from "./parts";

export type JobData = NonNullable<RetryBody["data"]>;

interface EditProps {
  readonly data: string;
  readonly onRetry: (data: JobData) => Promise<void>;
  readonly onClose: () => void;
}

export function EditJob({ data, onRetry, onClose }: EditProps) {
  const [text, setText] = useState(data);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const parsed = parse(text);
  const retry = async (event: FormEvent) => {
    event.preventDefault();
    if (!("value" in parsed) || busy) return;
    setBusy(true);
    try {
      await onRetry(parsed.value);
      onClose();
    } catch (error) {
      setProblem(shown(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Edit and retry" className="editor" onClose={onClose}>
      <h2>Edit and retry</h2>
      <p className="muted">The job goes back on its queue with this data, as if it had never been tried.</p>
      <form className="ask" onSubmit={(event) => void retry(event)}>
        <label className="field">
          <span>Data (JSON)</span>
          <textarea
            className="code"
            rows={14}
            spellCheck={false}
            aria-invalid={"fault" in parsed}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        {"fault" in parsed && (
          <p className="fault" role="status">
            {parsed.fault}
          </p>
        )}
        {problem && <Problem problem={problem} />}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button primary" disabled={busy || "fault" in parsed}>
            {busy && <Spinner />}
            Retry
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function parse(text: string): { readonly value: JobData } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { fault: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { fault: "The data of a job is an object: { … }" };
  return { value: value as JobData };
}
