/** The frame around everything: sidebar, content, palette. */

import { useEffect, useState } from "react";

import type { MeBody } from "../api/schema.gen";
import { loadChoices } from "../live/choices";
import { conversations } from "../live/conversations";
import { useEmitter } from "../live/emitter";
import { go, place, type Place } from "../live/place";
import { keepLooking } from "../live/session";
import { Channels } from "./channels";
import { Chat } from "./chat";
import { closeDrawer, drawer } from "./drawer";
import { Home } from "./home";
import { Memory } from "./memory";
import { Operations } from "./operations";
import { Palette } from "./palette";
import { People } from "./people";
import { Runs } from "./runs";
import { Settings } from "./settings";
import { Sidebar } from "./sidebar";

export function Shell({ me }: { readonly me: MeBody }) {
  const here = useEmitter(place);
  const open = useEmitter(drawer);
  const [palette, setPalette] = useState(false);
  useEffect(() => conversations.follow(), []);
  useEffect(() => keepLooking(), []);
  useEffect(() => void loadChoices(), []);
  useEffect(closeDrawer, [here]);

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette((before) => !before);
      } else if ((event.metaKey || event.ctrlKey) && event.shiftKey && event.key.toLowerCase() === "o") {
        event.preventDefault();
        go({ name: "home" });
      } else if (event.key === "Escape" && drawer.get()) {
        event.preventDefault();
        closeDrawer();
      }
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, []);

  return (
    <div className={open ? "shell drawer-open" : "shell"}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Sidebar me={me} here={here} onSearch={() => setPalette(true)} />
      {/* oxlint-disable-next-line click-events-have-key-events, no-static-element-interactions -- Escape closes it */}
      <div className="scrim" onClick={closeDrawer} />
      <main id="content" className="content" tabIndex={-1} inert={open}>
        <Content me={me} here={here} />
      </main>
      {palette && <Palette onClose={() => setPalette(false)} />}
    </div>
  );
}

function Content({ me, here }: { readonly me: MeBody; readonly here: Place }) {
  switch (here.name) {
    case "conversation":
      return <Chat key={here.id} id={here.id} />;
    case "memory":
      return <Memory />;
    case "channels":
      return <Channels />;
    case "runs":
      return <Runs me={me} />;
    case "operations":
      return <Operations me={me} tab={here.tab} />;
    case "people":
      return <People me={me} tab={here.tab} />;
    case "settings":
      return <Settings me={me} tab={here.tab} />;
    default:
      return <Home me={me} />;
  }
}
