/** What is remembered of the person: searched, read, noted, forgotten. */

import { useCallback, useEffect, useRef, useState, type FormEvent } from "react";

import { api, must, shown, type ApiError } from "../api/client";
import type { FoundMemoryBody, MemoryBody } from "../api/schema.gen";
import { note as say, toast } from "../live/toasts";
import { ago, exactly } from "../lib/time";
import { Confirm } from "./dialog";
import { Icon, Spinner } from "./icons";
import { ProblemText, Prose } from "./prose";
import { follow } from "./sidebar";
import { TopBar } from "./top-bar";

/** A memory as it is listed, or as a search found it. */
interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly role: string;
  readonly text: string;
  readonly createdAt: string;
  readonly conversationId?: string | null;
  readonly conversationTitle?: string | null;
  readonly found?: FoundMemoryBody;
}

interface Shown {
  readonly entries: readonly Entry[];
  readonly next?: string;
  readonly remark?: string;
}

const PAUSE_MS = 250;

export function Memory() {
  const [query, setQuery] = useState("");
  const [shownNow, setShownNow] = useState<Shown>();
  const [problem, setProblem] = useState<ApiError>();
  const [busy, setBusy] = useState(true);
  const turn = useRef(0);
  useEffect(() => {
    document.title = "Memory · Mosaic";
  }, []);

  const load = useCallback(async (q: string) => {
    turn.current += 1;
    const mine = turn.current;
    setBusy(true);
    try {
      const result = await (q ? search(q) : list());
      if (mine !== turn.current) return;
      setShownNow(result);
      setProblem(undefined);
    } catch (error) {
      if (mine === turn.current) setProblem(shown(error));
    }
    if (mine === turn.current) setBusy(false);
  }, []);

  useEffect(() => {
    const timer = setTimeout(() => void load(query.trim()), query ? PAUSE_MS : 0);
    return () => clearTimeout(timer);
  }, [query, load]);

  const forget = async (id: string) => {
    try {
      const { forgotten } = await must(api.DELETE("/api/memory/{id}", { params: { path: { id } } }));
      const gone = new Set(forgotten);
      setShownNow((now) => now && { ...now, entries: now.entries.filter((entry) => !gone.has(entry.id)) });
      const others = forgotten.length - 1;
      say(others > 0 ? `Forgotten, with ${others} that came from it.` : "Forgotten.");
    } catch (error) {
      toast(error);
    }
  };

  const more = async () => {
    if (!shownNow?.next) return;
    try {
      const page = await list(shownNow.next);
      setShownNow({ ...page, entries: [...shownNow.entries, ...page.entries] });
    } catch (error) {
      toast(error);
    }
  };

  const searching = query.trim() !== "";
  return (
    <>
      <TopBar title="Memory" />
      <div className="page">
        <div className="page-inner">
          <p className="lead">
            What was said and noted comes back to agents when it matters. Whatever you forget is gone, with everything agents made
            of it.
          </p>
          <div className="search-field">
            {busy && shownNow ? <Spinner /> : <Icon name="search" />}
            <input
              type="search"
              aria-label="Search memory"
              placeholder="Search by words or by meaning"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
            />
          </div>
          {!searching && <Note onSaved={() => void load("")} />}
          {problem && (
            <div className="inline-problem" role="alert">
              <Icon name="alert" size={16} />
              <ProblemText detail={problem.detail} remedy={problem.remedy} />
            </div>
          )}
          {shownNow?.remark && searching && <Remark text={shownNow.remark} />}
          {!shownNow && busy && <Loading />}
          {!problem && shownNow?.entries.length === 0 && !busy && <Nothing searching={searching} />}
          <ul className="memories" aria-busy={busy}>
            {shownNow?.entries.map((entry) => (
              <MemoryItem key={entry.id} entry={entry} onForget={() => void forget(entry.id)} />
            ))}
          </ul>
          {shownNow?.next && !searching && (
            <button type="button" className="ghost more" onClick={() => void more()}>
              Show more
            </button>
          )}
        </div>
      </div>
    </>
  );
}

function listed({ content, ...rest }: MemoryBody): Entry {
  return { ...rest, text: content };
}

async function list(cursor?: string): Promise<Shown> {
  const query = { limit: 50, ...(cursor ? { cursor } : {}) };
  const { items, nextCursor } = await must(api.GET("/api/memory", { params: { query } }));
  return { entries: items.map(listed), ...(nextCursor ? { next: nextCursor } : {}) };
}

async function search(q: string): Promise<Shown> {
  const { items, note, degraded } = await must(api.GET("/api/memory/search", { params: { query: { q, limit: 30 } } }));
  const remark = degraded ?? note;
  return { entries: items.map((found) => ({ ...found, found })), ...(remark ? { remark } : {}) };
}

/** An honest word about how was searched; long, and not news every time. */
function Remark({ text }: { readonly text: string }) {
  return (
    <details className="remark">
      <summary>How this was searched</summary>
      <p>
        <Prose text={text} />
      </p>
    </details>
  );
}

function Nothing({ searching }: { readonly searching: boolean }) {
  return (
    <div className="empty small">
      <Icon name="memory" size={28} />
      <h2>{searching ? "Nothing like that is remembered" : "Nothing is remembered yet"}</h2>
      <p className="muted">
        {searching ? "Try other words." : "A few seconds after something is said in a conversation it appears here."}
      </p>
    </div>
  );
}

function Loading() {
  return (
    <div className="skeleton" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}

function Note({ onSaved }: { readonly onSaved: () => void }) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const content = text.trim();
    if (!content || busy) return;
    setBusy(true);
    try {
      await must(api.POST("/api/memory", { body: { content } }));
      setText("");
      onSaved();
    } catch (error) {
      toast(error);
    }
    setBusy(false);
  };
  return (
    <form className="note-form" onSubmit={(event) => void save(event)}>
      <input
        aria-label="Something to remember"
        placeholder="Note something to be remembered"
        maxLength={8_000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button" disabled={busy || !text.trim()}>
        Save
      </button>
    </form>
  );
}

function MemoryItem({ entry: one, onForget }: { readonly entry: Entry; readonly onForget: () => void }) {
  const [asking, setAsking] = useState(false);
  const from = one.kind === "note" ? "Note" : one.role === "assistant" ? "An agent said" : "You said";
  return (
    <li className={one.found && !one.found.relevant ? "memory unlikely" : "memory"}>
      <div className="memory-text">{one.text}</div>
      <div className="memory-meta">
        <span>{from}</span>
        {one.conversationId && (
          <a href={`/c/${one.conversationId}`} onClick={follow({ name: "conversation", id: one.conversationId })}>
            {one.conversationTitle ?? "a conversation"}
          </a>
        )}
        <time dateTime={one.createdAt} title={exactly(one.createdAt)}>
          {ago(one.createdAt)}
        </time>
        {one.found && <Score found={one.found} />}
      </div>
      <button type="button" className="icon-button small" aria-label="Forget" title="Forget" onClick={() => setAsking(true)}>
        <Icon name="trash" size={16} />
      </button>
      {asking && (
        <Confirm
          title="Forget this?"
          text="It will not come back, and neither will what agents said or noted because of it. The conversations themselves stay."
          action="Forget"
          onConfirm={onForget}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function Score({ found }: { readonly found: FoundMemoryBody }) {
  const { textRank, vectorRank, similarity } = found.explanation;
  const why = [
    textRank ? `words: place ${textRank}` : undefined,
    vectorRank ? `meaning: place ${vectorRank}` : undefined,
    similarity ? `similarity ${similarity.toFixed(2)}` : undefined,
  ].filter(Boolean);
  return (
    <span className="score" title={why.join(", ")}>
      {found.relevant ? "Fits" : "Less likely"} · {Math.round(found.score * 100)} %
    </span>
  );
}
