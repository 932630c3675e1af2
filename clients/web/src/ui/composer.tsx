/** Where messages are written. Enter sends, Shift+Enter breaks the line. What is not sent is kept per conversation. */

import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { drafts } from "../live/drafts";
import { Icon } from "./icons";

interface ComposerProps {
  readonly place: string;
  readonly active: boolean;
  /** Whether what is active has halted. */
  readonly paused?: boolean;
  readonly busy?: boolean;
  /** What is refused comes back into the field. */
  readonly onSend: (content: string, delivery: "steer" | "wait") => void | Promise<void>;
  /** What can be done with what is active. */
  readonly controls?: ReactNode;
  readonly children?: ReactNode;
}

export function Composer({ place, active, paused = false, busy = false, onSend, controls, children }: ComposerProps) {
  const [text, setText] = useState(() => drafts.get(place) ?? "");
  const [delivery, setDelivery] = useState<"steer" | "wait">("steer");
  const area = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (text) drafts.set(place, text);
    else drafts.delete(place);
  }, [place, text]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 240)}px`;
    // The field grows with its text.
    // oxlint-disable-next-line exhaustive-effect-dependencies
  }, [text]);

  useEffect(() => {
    // On touch screens the keyboard would cover what one came to read.
    if (window.matchMedia("(pointer: fine)").matches) area.current?.focus();
    // oxlint-disable-next-line exhaustive-effect-dependencies
  }, [place]);

  const send = () => {
    const content = text.trim();
    if (!content || busy) return;
    setText("");
    // Chosen for one message: a wait that nobody remembers would surprise.
    setDelivery("steer");
    Promise.resolve(onSend(content, delivery)).catch(() => setText((now) => now || content));
    area.current?.focus();
  };

  const key = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    }
  };

  const placeholder = !active
    ? "Message Mosaic"
    : delivery === "steer"
      ? paused
        ? "Add something for when it goes on"
        : "Add something while it works"
      : "Ask something for when it is done";
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        id="composer"
        rows={1}
        value={text}
        placeholder={placeholder}
        aria-label="Message"
        enterKeyHint="send"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={key}
      />
      <div className="composer-row">
        <div className="composer-tools">{children}</div>
        {active && (
          <fieldset className="segmented">
            <legend className="hidden">While it works</legend>
            <Segment name="steer" label="Steer" title="It joins the answer that is being written" now={delivery} choose={setDelivery} />
            <Segment name="wait" label="Wait" title="It is answered after the present one" now={delivery} choose={setDelivery} />
          </fieldset>
        )}
        {active && controls}
        <button type="submit" className="round" aria-label="Send" title="Send (Enter)" disabled={!text.trim() || busy}>
          <Icon name="send" size={18} />
        </button>
      </div>
    </form>
  );
}

interface SegmentProps {
  readonly name: "steer" | "wait";
  readonly label: string;
  readonly title: string;
  readonly now: string;
  readonly choose: (name: "steer" | "wait") => void;
}

function Segment({ name, label, title, now, choose }: SegmentProps) {
  return (
    <label title={title}>
      <input type="radio" name="delivery" value={name} checked={now === name} onChange={() => choose(name)} />
      <span>{label}</span>
    </label>
  );
}
