/** Light or dark: as the system says, unless chosen here. */

import { Emitter } from "./emitter";

export type Theme = "system" | "light" | "dark";

const KEY = "mosaic.theme";

function stored(): Theme {
  const value = window.localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export const theme = new Emitter<Theme>(stored());

export function apply(): void {
  const chosen = theme.get();
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}

export function choose(chosen: Theme): void {
  if (chosen === "system") window.localStorage.removeItem(KEY);
  else window.localStorage.setItem(KEY, chosen);
  theme.set(chosen);
  apply();
}
