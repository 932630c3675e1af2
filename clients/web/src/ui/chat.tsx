/** An open conversation. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { conversations } from "../live/conversations";
import { useEmitter } from "../live/emitter";
import { go } from "../live/place";
import { closeThread, openThread } from "../live/threads";
import type { ThreadState, ThreadStore } from "../live/thread-store";
import { count } from "../lib/time";
import { isActive, type Run } from "../log/run";
import { turns } from "../log/thread";
import { Composer } from "./composer";
import { Icon, Spinner } from "./icons";
import { Pickers, short } from "./pickers";
import { AskReason } from "./reason";
import { RunControls } from "./run-controls";
import { TopBar } from "./top-bar";
import { spoken, TurnView } from "./turn";

/** Within this distance of the end, the view stays with it. */
const NEAR_PX = 96;

export function Chat({ id }: { readonly id: string }) {
  const store = useMemo(() => openThread(id), [id]);
  useEffect(() => () => closeThread(store), [store]);
  const state = useEmitter(store.state);
  const listed = useEmitter(conversations.state).items.find((one) => one.id === id);
  const title = listed?.title ?? state.conversation?.title ?? "New conversation";
  useEffect(() => {
    document.title = `${title} · Mosaic`;
  }, [title]);

  if (state.phase === "missing") return <Missing />;
  return (
    <>
      <TopBar title={title}>
        <Connection state={state} />
      </TopBar>
      <Messages store={store} state={state} />
      <Foot store={store} state={state} />
    </>
  );
}

function Missing() {
  return (
    <>
      <TopBar title="Not found" />
      <div className="empty">
        <Icon name="question" size={32} />
        <h2>There is no such conversation</h2>
        <p className="muted">It may have been deleted, or it belongs to somebody else.</p>
        <button type="button" className="button" onClick={() => go({ name: "home" })}>
          Begin another one
        </button>
      </div>
    </>
  );
}

function Connection({ state }: { readonly state: ThreadState }) {
  const lost = state.connection === "reconnecting";
  return (
    <output className="connection" aria-live="polite">
      {lost && (
        <>
          <Spinner /> Reconnecting…
        </>
      )}
    </output>
  );
}

function Messages({ store, state }: { readonly store: ThreadStore; readonly state: ThreadState }) {
  const all = useMemo(() => turns(state.thread), [state.thread]);
  const { box, inner, atEnd, toEnd } = useStickyEnd();
  const latest = all.findLast((turn) => turn.run)?.run;
  const sent = state.thread.outgoing.length;
  useEffect(() => {
    if (sent > 0) toEnd("instant");
  }, [sent, toEnd]);

  return (
    <div className="scroller-box">
      {/* oxlint-disable-next-line no-noninteractive-tabindex -- what scrolls can be scrolled with the keyboard */}
      <div className="scroller" ref={box} tabIndex={0} role="region" aria-label="Messages">
        <div className="thread" ref={inner}>
          {state.phase === "loading" && all.length === 0 && <Skeleton />}
          {state.phase === "ready" && all.length === 0 && <p className="thread-empty muted">Nothing was said here yet.</p>}
          {state.earlier && (
            <button type="button" className="ghost earlier" onClick={() => void store.loadEarlier()}>
              Show earlier messages
            </button>
          )}
          {all.map((turn) => (
            <TurnView key={turn.key} turn={turn} store={store} asked={state.asked?.runId === turn.run?.id ? state.asked?.what : undefined} />
          ))}
        </div>
      </div>
      {!atEnd && (
        <button type="button" className="to-end" onClick={() => toEnd("smooth")}>
          <Icon name="arrowDown" size={15} /> Latest
        </button>
      )}
      <output className="hidden" aria-live="polite">
        {spoken(latest)}
      </output>
    </div>
  );
}

function useStickyEnd() {
  const box = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [atEnd, setAtEnd] = useState(true);

  const toEnd = useCallback((behavior: ScrollBehavior) => {
    follows.current = true;
    setAtEnd(true);
    box.current?.scrollTo({ top: box.current.scrollHeight, behavior });
  }, []);

  useLayoutEffect(() => {
    const outer = box.current;
    const content = inner.current;
    if (!outer || !content) return;
    const keep = new ResizeObserver(() => {
      if (follows.current) outer.scrollTop = outer.scrollHeight;
    });
    keep.observe(content);
    keep.observe(outer);
    let before = outer.scrollTop;
    const scrolled = () => {
      const near = outer.scrollHeight - outer.scrollTop - outer.clientHeight < NEAR_PX;
      // Only who scrolls up leaves the end; growing content does not.
      if (near) follows.current = true;
      else if (outer.scrollTop < before) follows.current = false;
      before = outer.scrollTop;
      setAtEnd(follows.current);
    };
    outer.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      keep.disconnect();
      outer.removeEventListener("scroll", scrolled);
    };
  }, []);

  return { box, inner, atEnd, toEnd };
}

function Skeleton() {
  return (
    <div className="skeleton" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}

function Foot({ store, state }: { readonly store: ThreadStore; readonly state: ThreadState }) {
  const runs = [...state.thread.runs.values()];
  const active = runs.find(isActive);
  const [stopping, setStopping] = useState<string>();
  const [killing, setKilling] = useState<string>();
  const stop = useCallback(() => {
    const run = store.active();
    if (!run) return;
    setStopping(run.id);
    void store.stop().finally(() => setTimeout(() => setStopping(undefined), 3_000));
  }, [store]);

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      if (document.querySelector("dialog[open], [role=menu], .drawer-open")) return;
      stop();
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, [stop]);

  const { conversation } = state;
  const asked = active && state.asked?.runId === active.id ? state.asked.what : undefined;
  return (
    <footer className="foot">
      <Composer
        key={store.id}
        place={store.id}
        active={active !== undefined}
        paused={active?.state === "paused"}
        onSend={(content, delivery) => void store.send(content, delivery)}
        controls={
          active && (
            <RunControls
              run={active}
              store={store}
              pausing={asked === "pause"}
              resuming={asked === "resume"}
              stopping={stopping === active.id}
              onStop={stop}
              onKill={() => setKilling(active.id)}
            />
          )
        }
      >
        <Pickers
          agent={conversation?.agent}
          model={conversation?.model ?? undefined}
          onAgent={(agent) => void store.change({ agent })}
          onModel={(model) => void store.change({ model })}
        />
      </Composer>
      <StatusLine run={active ?? runs.at(-1)} />
      {killing !== undefined && (
        <AskReason
          title="End this answer by force?"
          text="It ends at once, even if whoever works on it does not answer. What was said so far stays."
          action="End it"
          danger
          onConfirm={(reason) => store.kill(killing, reason)}
          onClose={() => setKilling(undefined)}
        />
      )}
    </footer>
  );
}

function StatusLine({ run }: { readonly run: Run | undefined }) {
  const parts = [
    run?.agent,
    run?.model ? short(run.model) : undefined,
    run && run.usage.inputTokens > 0 ? `${count(run.usage.inputTokens)} tokens in` : undefined,
    run && run.usage.outputTokens > 0 ? `${count(run.usage.outputTokens)} out` : undefined,
  ].filter(Boolean);
  return (
    <p className="status-line" title={run?.model}>
      {parts.length > 0 ? parts.join(" · ") : "Enter sends, Shift+Enter breaks the line"}
    </p>
  );
}
