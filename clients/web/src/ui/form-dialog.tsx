/** A dialog with a form: it stays open until what was asked for is done, and says why it could not be. */

import { useState, type ReactNode } from "react";

import { Dialog } from "./dialog";
import { Field, Form, FormProblem, Submit, useSending, type Sending } from "./form";
import { Prose } from "./prose";

interface FormDialogProps {
  readonly title: string;
  readonly text?: string | undefined;
  readonly action: string;
  readonly ready?: boolean;
  readonly danger?: boolean;
  /** The fields that say for themselves what does not fit. */
  readonly beside?: readonly string[];
  readonly sending: Sending;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

export function FormDialog({ title, text, action, ready = true, danger, beside, sending, onClose, children }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <h2>{title}</h2>
      {text && (
        <p className="muted">
          <Prose text={text} />
        </p>
      )}
      <Form sending={sending} className="ask">
        {children}
        <FormProblem sending={sending} {...(beside ? { beside } : {})} />
        <div className="dialog-actions">
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <Submit sending={sending} ready={ready} className={danger ? "button danger" : "button primary"}>
            {action}
          </Submit>
        </div>
      </Form>
    </Dialog>
  );
}

interface SureProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly danger?: boolean;
  readonly onConfirm: () => Promise<void>;
  /** It is done, or given up. */
  readonly onClose: () => void;
  /** Whether it stays open after it is done, because something follows. */
  readonly stays?: boolean;
  readonly children?: ReactNode;
}

/** A question that is answered with yes or no. */
export function Sure({ title, text, action, danger = true, onConfirm, onClose, stays, children }: SureProps) {
  const sending = useSending(async () => {
    await onConfirm();
    if (!stays) onClose();
  });
  return (
    <FormDialog title={title} text={text} action={action} danger={danger} sending={sending} onClose={onClose}>
      {children}
    </FormDialog>
  );
}

interface NamedProps {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  /** What has to be typed, so that nobody does this by the way: any one of these. */
  readonly names: readonly string[];
  readonly what: string;
  readonly onConfirm: (name: string) => Promise<void>;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

/** A question that is answered by typing the name of what will be gone. */
export function TypeName({ title, text, action, names, what, onConfirm, onClose, children }: NamedProps) {
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const sending = useSending(async () => {
    await onConfirm(name);
    onClose();
  });
  return (
    <FormDialog title={title} text={text} action={action} danger ready={names.includes(name)} beside={["confirm"]} sending={sending} onClose={onClose}>
      {children}
      <Field
        label={`Type ${what} to go on`}
        name="confirm"
        value={typed}
        onChange={setTyped}
        sending={sending}
        autoComplete="off"
        hint={names.map((one, index) => (
          <span key={one}>
            {index > 0 && " or "}
            <code>{one}</code>
          </span>
        ))}
      />
    </FormDialog>
  );
}
