/** The frame of what is seen before one is in. */

import { useEffect, type ReactNode } from "react";

import { Logo } from "../icons";
import { Prose } from "../prose";

interface GateProps {
  readonly title: string;
  readonly lead?: string | undefined;
  readonly children?: ReactNode;
  /** Below the card. */
  readonly foot?: ReactNode;
}

export function Gate({ title, lead, children, foot }: GateProps) {
  useEffect(() => {
    document.title = `${title} · Mosaic`;
  }, [title]);
  return (
    <main className="gate">
      <div className="gate-card">
        <Logo size={40} />
        <h1>{title}</h1>
        {lead && (
          <p className="muted">
            <Prose text={lead} />
          </p>
        )}
        {children}
      </div>
      {foot && <div className="gate-foot">{foot}</div>}
    </main>
  );
}

export function Waiting() {
  return (
    <main className="gate" aria-busy="true">
      <Logo />
    </main>
  );
}
