/** Places where people are known already. Signing in there leaves the page, so these are links. */

import type { LoginBody } from "../../api/schema.gen";
import { startAt } from "../../live/entry";
import { Icon } from "../icons";

interface ProvidersProps {
  readonly ways: LoginBody;
  /** The path to come back to. */
  readonly returnTo: string;
  readonly onLeave?: () => void;
}

export function Providers({ ways, returnTo, onLeave }: ProvidersProps) {
  if (ways.providers.length === 0) return null;
  return (
    <ul className="providers" aria-label="Single sign-on">
      {ways.providers.map(({ name, label }) => (
        <li key={name}>
          <a className="button wide" href={startAt(name, returnTo)} onClick={onLeave}>
            <Icon name="key" size={16} />
            Continue with {label}
          </a>
        </li>
      ))}
    </ul>
  );
}

export function Or() {
  return (
    <p className="or" aria-hidden="true">
      or
    </p>
  );
}
