/** What the lists for operators have in common. */

import { useEffect, useState, type ReactNode } from "react";

import type { ApiError } from "../../api/client";
import type { Live } from "../../live/poll";
import { Icon, type IconName } from "../icons";
import { ProblemText, Prose } from "../prose";

/** A list that is being read, could not be read, is empty, or is shown. */
interface AreaProps<T> {
  readonly live: Live<T>;
  readonly isEmpty: (data: T) => boolean;
  readonly empty: ReactNode;
  readonly children: (data: T) => ReactNode;
}

export function Area<T>({ live: { data, problem, stale }, isEmpty, empty, children }: AreaProps<T>) {
  return (
    <>
      {problem && <Problem problem={problem} />}
      {data === undefined && !problem && (
        <div className="skeleton" role="status" aria-label="Loading">
          <i />
          <i />
          <i />
        </div>
      )}
      {data !== undefined && (
        <div className={stale || problem ? "area stale" : "area"} aria-busy={stale}>
          {isEmpty(data) ? empty : children(data)}
        </div>
      )}
    </>
  );
}

export function Problem({ problem }: { readonly problem: ApiError }) {
  return (
    <div className="inline-problem" role="alert">
      <Icon name="alert" size={16} />
      <ProblemText detail={problem.detail} remedy={problem.remedy} />
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string | undefined;
}

export function Empty({ icon, title, text }: EmptyProps) {
  return (
    <div className="empty small">
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {text && (
        <p className="muted">
          <Prose text={text} />
        </p>
      )}
    </div>
  );
}

/** How something stands, by its colour and in a word. */
export function Badge({ tone, children }: { readonly tone: string; readonly children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

/** An action as a pictogram; its name is its label. */
interface ActionProps {
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

export function Action({ icon, label, title, danger, disabled, onClick }: ActionProps) {
  return (
    <button
      type="button"
      className={danger ? "icon-button small danger" : "icon-button small"}
      aria-label={label}
      title={title}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} size={16} />
    </button>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChoose: (value: T) => void;
}

export function Select<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <span className="select">
      <select aria-label={label} value={value} onChange={(event) => onChoose(event.target.value as T)}>
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      <Icon name="down" size={13} />
    </span>
  );
}

export function Segments<T extends string>({ label, value, options, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset className="segmented">
      <legend className="hidden">{label}</legend>
      {options.map(([key, name]) => (
        <label key={key}>
          <input type="radio" name={label} value={key} checked={key === value} onChange={() => onChoose(key)} />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** The time, once a second, for what counts up. */
export function useSecond(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** The part of an id by which people tell things apart: its end, because its beginning is the time. */
export function shortId(id: string): string {
  return id.slice(-8);
}
