/** Forms: sent once at a time, and what does not fit is said beside its field. */

import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from "react";

import { shown, type ApiError } from "../api/client";
import { Icon, Spinner } from "./icons";
import { ProblemText, Prose } from "./prose";

export interface Sending {
  readonly busy: boolean;
  readonly problem: ApiError | undefined;
  /** Does it, unless it is being done. */
  readonly send: () => void;
}

/** Does something on demand, and keeps why it could not be done. */
export function useSending(act: () => Promise<void>): Sending {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiError>();
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const send = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await act();
    } catch (error) {
      if (here.current) setProblem(shown(error));
    }
    if (here.current) setBusy(false);
  };
  return { busy, problem, send: () => void send() };
}

interface FormProps {
  readonly sending: Sending;
  readonly className?: string;
  readonly label?: string;
  readonly children: ReactNode;
}

export function Form({ sending, className = "form", label, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const { problem, send } = sending;
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problem]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  return (
    <form ref={form} className={className} aria-label={label} onSubmit={submit} noValidate>
      {children}
    </form>
  );
}

/** Whether a fault is about this field, or about something inside of it. */
function concerns(fault: string, name: string): boolean {
  return fault === name || fault.startsWith(`${name}.`) || fault.startsWith(`${name}[`);
}

function faultOf(problem: ApiError | undefined, name: string): string | undefined {
  const found = problem?.fields.filter(({ field }) => concerns(field, name));
  return found && found.length > 0 ? found.map((one) => one.problem).join("; ") : undefined;
}

const NONE: readonly string[] = [];

interface ProblemProps {
  readonly sending: Sending;
  /** The fields that say for themselves what does not fit. */
  readonly beside?: readonly string[];
}

/** Why it could not be done, as far as no field says so. */
export function FormProblem({ sending: { problem }, beside = NONE }: ProblemProps) {
  if (!problem) return null;
  const told = problem.fields.length > 0 && problem.fields.every(({ field }) => beside.some((name) => concerns(field, name)));
  if (told) return null;
  return (
    <div className="inline-problem" role="alert">
      <Icon name="alert" size={16} />
      <ProblemText title={problem.title} detail={problem.detail} remedy={problem.remedy} />
    </div>
  );
}

interface FieldProps {
  readonly label: string;
  /** As the API calls it. */
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly sending: Sending;
  readonly hint?: ReactNode;
  readonly type?: "text" | "email" | "number";
  readonly autoComplete?: string;
  readonly autoFocus?: boolean;
  readonly placeholder?: string | undefined;
  readonly readOnly?: boolean;
  readonly maxLength?: number;
}

export function Field({ label, name, value, onChange, sending, hint, type = "text", ...rest }: FieldProps) {
  const id = useId();
  const fault = faultOf(sending.problem, name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type={type}
        name={name}
        autoCapitalize={type === "email" ? "off" : undefined}
        spellCheck={false}
        value={value}
        aria-invalid={fault !== undefined}
        aria-describedby={fault ? `${id}-fault` : hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.target.value)}
        {...rest}
      />
      <Below id={id} fault={fault} hint={hint} />
    </div>
  );
}

interface PasswordProps {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly sending: Sending;
  readonly fresh?: boolean;
  readonly autoFocus?: boolean;
  readonly autoComplete?: string;
  readonly placeholder?: string;
  readonly hint?: ReactNode;
}

/** A secret that is typed, and shown on demand. */
export function SecretField({ label, name, value, onChange, sending, fresh, hint, ...rest }: PasswordProps) {
  const id = useId();
  const [seen, setSeen] = useState(false);
  const fault = faultOf(sending.problem, name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="secret-field">
        <input
          id={id}
          type={seen ? "text" : "password"}
          name={name}
          autoComplete={fresh ? "new-password" : "current-password"}
          autoCapitalize="off"
          spellCheck={false}
          value={value}
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? `${id}-fault` : hint ? `${id}-hint` : undefined}
          onChange={(event) => onChange(event.target.value)}
          {...rest}
        />
        <button type="button" className="ghost" aria-pressed={seen} aria-label={`Show ${label.toLowerCase()}`} onClick={() => setSeen(!seen)}>
          {seen ? "Hide" : "Show"}
        </button>
      </div>
      <Below id={id} fault={fault} hint={hint} />
    </div>
  );
}

interface BelowProps {
  readonly id: string;
  readonly fault: string | undefined;
  readonly hint: ReactNode;
}

function Below({ id, fault, hint }: BelowProps) {
  if (fault) {
    return (
      <p className="fault" id={`${id}-fault`} role="alert">
        <Prose text={sentence(fault)} />
      </p>
    );
  }
  return hint ? (
    <p className="field-hint" id={`${id}-hint`}>
      {hint}
    </p>
  ) : null;
}

/** What is wrong with a field reads on behind its name; alone it begins a sentence. */
function sentence(fault: string): string {
  const text = fault.charAt(0).toUpperCase() + fault.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

interface ChoiceFieldProps<T extends string> {
  readonly label: string;
  readonly name: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChoose: (value: T) => void;
  readonly sending: Sending;
  readonly hint?: ReactNode;
}

export function ChoiceField<T extends string>({ label, name, value, options, onChoose, sending, hint }: ChoiceFieldProps<T>) {
  const id = useId();
  const fault = faultOf(sending.problem, name);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="select wide">
        <select
          id={id}
          name={name}
          value={value}
          aria-invalid={fault !== undefined}
          aria-describedby={fault ? `${id}-fault` : hint ? `${id}-hint` : undefined}
          onChange={(event) => onChoose(event.target.value as T)}
        >
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
        <Icon name="down" size={13} />
      </span>
      <Below id={id} fault={fault} hint={hint} />
    </div>
  );
}

interface SubmitProps {
  readonly sending: Sending;
  readonly ready: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Submit({ sending: { busy }, ready, className = "button primary", children }: SubmitProps) {
  return (
    <button type="submit" className={className} disabled={busy || !ready}>
      {busy && <Spinner />}
      {children}
    </button>
  );
}
