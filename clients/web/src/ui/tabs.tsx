/** The parts of a page, each with an address of its own. */

import { useEffect, useRef } from "react";

import { address, type Place } from "../live/place";
import { follow } from "./sidebar";

interface Tab {
  readonly to: Place;
  readonly label: string;
  readonly current: boolean;
}

export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  const bar = useRef<HTMLElement>(null);
  const current = tabs.find((tab) => tab.current)?.label;
  useEffect(() => {
    // On narrow screens the bar is longer than what is seen of it.
    if (current) bar.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current]);
  return (
    <nav ref={bar} className="tabs" aria-label={label}>
      {tabs.map(({ to, label: name, current: here }) => (
        <a key={name} href={address(to)} aria-current={here ? "page" : undefined} onClick={follow(to)}>
          {name}
        </a>
      ))}
    </nav>
  );
}
