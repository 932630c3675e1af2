/** A question that is answered with a reason. It stays open until what was asked for is done, and says why it could not be. */

import { useState, type FormEvent, type KeyboardEvent } from "react";

import { shown, type ApiError } from "../api/client";
import { Dialog } from "./dialog";
import { Icon, Spinner } from "./icons";
import { ProblemText } from "./prose";

/** Reasons may have 500 letters, and a name goes before some of them. */
const LONGEST = 400;

interface ReasonProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly placeholder?: string;
  /** Whether it can be done without giving one. */
  readonly optional?: boolean;
  /** What has to be ticked first. */
  readonly sure?: string | undefined;
  readonly danger?: boolean;
  readonly onConfirm: (reason: string) => Promise<void>;
  readonly onClose: () => void;
}

export function AskReason({ title, text, action, placeholder, optional, sure, danger, onConfirm, onClose }: ReasonProps) {
  const [reason, setReason] = useState("");
  const [ticked, setTicked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const given = reason.trim();
  const ready = !busy && (optional === true || given !== "") && (!sure || ticked);

  const confirm = async () => {
    if (!ready) return;
    setBusy(true);
    try {
      await onConfirm(given);
      onClose();
    } catch (error) {
      setProblem(shown(error));
      setBusy(false);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void confirm();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void confirm();
  };

  return (
    <Dialog title={title} onClose={onClose}>
      <h2>{title}</h2>
      <p className="muted">{text}</p>
      <form className="ask" onSubmit={submit}>
        <label className="field">
          <span>{optional ? "Reason (if you like)" : "Reason"}</span>
          <textarea
            rows={2}
            maxLength={LONGEST}
            placeholder={placeholder ?? "Shown to everyone who watches, and written down"}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
            onKeyDown={key}
          />
        </label>
        {sure && (
          <label className="tick">
            <input type="checkbox" checked={ticked} onChange={(event) => setTicked(event.target.checked)} />
            <span>{sure}</span>
          </label>
        )}
        {problem && (
          <div className="inline-problem" role="alert">
            <Icon name="alert" size={16} />
            <ProblemText detail={problem.detail} remedy={problem.remedy} />
          </div>
        )}
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className={danger ? "button danger" : "button primary"} disabled={!ready}>
            {busy && <Spinner />}
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
