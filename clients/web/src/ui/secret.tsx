/** Something that is shown once, to be copied and kept elsewhere. */

import { useRef, useState } from "react";

import { Icon } from "./icons";

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

export function Secret({ label, value, note }: SecretProps) {
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    } catch {
      // Without https the clipboard is out of reach; the text is selected instead, ready for Ctrl+C.
      if (text.current) window.getSelection()?.selectAllChildren(text.current);
    }
  };
  return (
    <div className="secret" role="group" aria-label={label}>
      <p className="secret-label">{label}</p>
      <div className="secret-row">
        <code ref={text}>{value}</code>
        <button type="button" className="button small" onClick={() => void copy()}>
          <Icon name={copied ? "check" : "copy"} size={14} />
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      <p className="muted">{note}</p>
    </div>
  );
}
