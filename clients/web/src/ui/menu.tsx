/** A button that opens a list of choices: arrow keys move, Escape and a click elsewhere close it. */

import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

export interface Choice {
  readonly key: string;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly icon?: ReactNode;
  readonly checked?: boolean;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly choose: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly button: ReactNode;
  readonly className?: string;
  readonly choices: readonly Choice[];
  readonly side?: "up" | "down";
  readonly align?: "start" | "end";
  readonly heading?: string;
}

export function Menu({ label, button, className = "icon-button", choices, side = "down", align = "end", heading }: MenuProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const items = () => [...(box.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    (items().find((item) => item.getAttribute("aria-checked") === "true") ?? items()[0])?.focus();
    const elsewhere = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);

  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };

  const move = (event: KeyboardEvent) => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const index = to[event.key];
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      setOpen(false);
      return;
    } else if (index === undefined) return;
    else items.at(index % items.length)?.focus();
    event.preventDefault();
  };

  return (
    <div className="menu" ref={box}>
      <button
        type="button"
        ref={opener}
        className={className}
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div id={id} className={`menu-list ${side} ${align}`} role="menu" aria-label={label} tabIndex={-1} onKeyDown={move}>
          {heading && <p className="menu-heading">{heading}</p>}
          {choices.map((choice) => (
            <button
              type="button"
              key={choice.key}
              role={choice.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={choice.checked}
              className={choice.danger ? "danger" : undefined}
              disabled={choice.disabled}
              tabIndex={-1}
              onClick={() => {
                close();
                choice.choose();
              }}
            >
              {choice.icon}
              <span className="menu-label">
                {choice.label}
                {choice.hint && <small>{choice.hint}</small>}
              </span>
              {choice.checked && <span className="menu-check">✓</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
