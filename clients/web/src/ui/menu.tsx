/** A button that opens a list of choices: arrow keys move, Escape and a click elsewhere close it. */

import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

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
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    if (open && opener.current && list.current) put(list.current, opener.current.getBoundingClientRect(), side, align);
  }, [open, side, align]);

  useEffect(() => {
    if (!open) return;
    const items = () => [...(box.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    (items().find((item) => item.getAttribute("aria-checked") === "true") ?? items()[0])?.focus();
    const elsewhere = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const gone = () => setOpen(false);
    document.addEventListener("pointerdown", elsewhere);
    window.addEventListener("resize", gone);
    return () => {
      document.removeEventListener("pointerdown", elsewhere);
      window.removeEventListener("resize", gone);
    };
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
        <div id={id} ref={list} className="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={move}>
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

const GAP = 6;
const MARGIN = 8;

/** Beside its button, inside of the window, and not cut off by whatever scrolls around it. */
function put(list: HTMLElement, button: DOMRect, side: "up" | "down", align: "start" | "end"): void {
  const { offsetWidth: width, offsetHeight: height } = list;
  const below = button.bottom + GAP;
  const above = button.top - GAP - height;
  const fits = below + height + MARGIN <= window.innerHeight;
  const top = side === "down" ? (fits ? below : above) : above >= MARGIN ? above : below;
  const left = align === "start" ? button.left : button.right - width;
  list.style.top = `${Math.max(MARGIN, top)}px`;
  list.style.left = `${Math.max(MARGIN, Math.min(left, window.innerWidth - width - MARGIN))}px`;
}
