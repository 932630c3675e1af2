/** Where a conversation begins. */

import { useEffect, useState } from "react";

import type { MeBody } from "../api/schema.gen";
import { conversations } from "../live/conversations";
import { go } from "../live/place";
import { openThread } from "../live/threads";
import { toast } from "../live/toasts";
import { Composer } from "./composer";
import { Logo } from "./icons";
import { Pickers } from "./pickers";
import { TopBar } from "./top-bar";

const IDEAS = [
  ["What can you do here?", "Tools, memory, limits"],
  ["What time is it in Tokyo and in New York?", "Uses the clock"],
  ["Work out 17.5 % of 2,480 and show how.", "Uses the calculator"],
] as const;

export function Home({ me }: { readonly me: MeBody }) {
  const [agent, setAgent] = useState<string>();
  const [model, setModel] = useState<string>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Mosaic";
  }, []);

  const begin = async (content: string) => {
    setBusy(true);
    try {
      const { id } = await conversations.create({ ...(agent ? { agent } : {}), ...(model ? { model } : {}) });
      void openThread(id).send(content, "steer");
      go({ name: "conversation", id });
    } catch (error) {
      toast(error);
      setBusy(false);
      throw error;
    }
  };

  return (
    <>
      <TopBar title="" />
      <div className="home">
        <div className="home-inner">
          <Logo size={44} />
          <h1>
            {greeting()}
            {me.name ? `, ${me.name}` : ""}
          </h1>
          <Composer
            place="home"
            active={false}
            busy={busy}
            onSend={(content) => begin(content)}
          >
            <Pickers agent={agent} model={model} onAgent={setAgent} onModel={(one) => setModel(one ?? undefined)} />
          </Composer>
          <ul className="ideas">
            {IDEAS.map(([text, hint]) => (
              <li key={text}>
                <button type="button" disabled={busy} onClick={() => void begin(text).catch(() => undefined)}>
                  <span>{text}</span>
                  <small>{hint}</small>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </>
  );
}

function greeting(): string {
  const hour = new Date().getHours();
  if (hour < 5) return "Good night";
  if (hour < 12) return "Good morning";
  return hour < 18 ? "Good afternoon" : "Good evening";
}
