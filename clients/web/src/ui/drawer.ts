/** Whether the sidebar lies over a narrow page. */

import { Emitter } from "../live/emitter";

export const drawer = new Emitter(false);

export function openDrawer(): void {
  drawer.set(true);
}

export function closeDrawer(): void {
  drawer.set(false);
}
