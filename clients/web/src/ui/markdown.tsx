/** Markdown of people and models. HTML in it stays text, links leave the page safely, and nothing is loaded from elsewhere. */

import { memo, useDeferredValue, useRef, useState, type ComponentProps } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";

import { Icon } from "./icons";

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, children }) =>
    href ? (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  // A picture would be asked for at its own place, which would learn who reads this: it is named instead.
  img: ({ src, alt }) => (
    <a href={typeof src === "string" ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt || "picture"}
    </a>
  ),
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // Wide tables are scrolled, with the keyboard too.
    // oxlint-disable-next-line no-noninteractive-tabindex
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
};

export const Markdown = memo(function Markdown({ text }: { readonly text: string }) {
  // Long answers are parsed anew with every piece: typing and scrolling go first.
  const shown = useDeferredValue(text);
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
        {shown}
      </ReactMarkdown>
    </div>
  );
});

function CodeBlock({ children }: Pick<ComponentProps<"pre">, "children">) {
  const block = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  const className = (children as { props?: { className?: string } } | null)?.props?.className ?? "";
  const language = /language-([\w+#.-]+)/.exec(className)?.[1];

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(block.current?.textContent ?? "");
    } catch {
      // Without https the clipboard is out of reach; the text is selected instead, ready for Ctrl+C.
      if (block.current) window.getSelection()?.selectAllChildren(block.current);
      return;
    }
    setCopied(true);
    setTimeout(() => setCopied(false), 1_600);
  };

  return (
    <div className="code-block">
      <div className="code-head">
        <span>{language ?? "text"}</span>
        <button type="button" className="ghost" onClick={() => void copy()} aria-label={copied ? "Copied" : "Copy code"}>
          <Icon name={copied ? "check" : "copy"} size={14} />
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      {/* oxlint-disable-next-line no-noninteractive-tabindex -- long lines are scrolled with the keyboard too */}
      <pre ref={block} tabIndex={0}>
        {children}
      </pre>
    </div>
  );
}
