import type { ReactNode } from "react";

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
    </header>
  );
}
