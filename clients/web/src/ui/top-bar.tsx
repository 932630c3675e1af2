import type { ReactNode } from "react";

import { go } from "../live/place";
import { openDrawer } from "./drawer";
import { Icon } from "./icons";

export function TopBar({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <header className="top-bar">
      <button type="button" className="icon-button drawer-button" aria-label="Open the sidebar" onClick={openDrawer}>
        <Icon name="menu" />
      </button>
      <h1 title={title}>{title}</h1>
      {children}
      {title && (
        <button type="button" className="icon-button drawer-button" aria-label="New conversation" onClick={() => go({ name: "home" })}>
          <Icon name="plus" />
        </button>
      )}
    </header>
  );
}
