/** A stream of a conversation that survives whatever happens to its connections: it goes on behind the last event it saw. */

import { EVENT_TYPES, parseFrame, type Frame } from "../log/frame";

export type Connection = "connecting" | "open" | "reconnecting";

export interface StreamEvents {
  readonly frames: (frames: readonly Frame[]) => void;
  readonly connection: (state: Connection) => void;
  /** A connection was opened. What nobody could send meanwhile must be looked up. */
  readonly opened: () => void;
  /** The server refused, perhaps for good. Whether to try again. */
  readonly refused: () => Promise<boolean>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** An active run gives a sign of life every half minute; after this silence the connection is dead without knowing it. */
const SILENCE_MS = 45_000;

export class EventStream {
  private source: EventSource | undefined;
  private lastId: string | undefined;
  private pending: Frame[] = [];
  private flushing = false;
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heard = Date.now();
  private closed = false;

  constructor(
    private readonly path: string,
    private readonly events: StreamEvents,
  ) {}

  open(): void {
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
    this.events.connection("connecting");
    this.connect();
  }

  close(): void {
    this.closed = true;
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    this.disconnect();
  }

  /** Connects again if nothing was heard although something should have been. */
  suspect(): void {
    if (Date.now() - this.heard > SILENCE_MS && this.source?.readyState === EventSource.OPEN) this.again(0);
  }

  private connect(): void {
    this.disconnect();
    if (this.closed) return;
    const after = this.lastId ? `?lastEventId=${encodeURIComponent(this.lastId)}` : "";
    const source = new EventSource(this.path + after);
    this.source = source;
    source.addEventListener("open", () => {
      this.wait = FIRST_WAIT_MS;
      this.heard = Date.now();
      this.events.connection("open");
      this.events.opened();
    });
    source.addEventListener("error", () => {
      this.events.connection("reconnecting");
      // Not left to the browser: some give up, and all wait their own time.
      if (source === this.source) void this.retry(source.readyState === EventSource.CLOSED);
    });
    for (const type of EVENT_TYPES) source.addEventListener(type, this.receive);
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  private async retry(refused: boolean): Promise<void> {
    this.disconnect();
    const hope = refused ? await this.events.refused() : true;
    if (hope) this.again(this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  private again(wait: number): void {
    this.disconnect();
    if (!this.closed) this.timer = setTimeout(() => this.connect(), wait * (0.75 + Math.random() / 2));
  }

  private readonly hurry = (): void => {
    const waiting = this.source === undefined;
    if (!this.closed && waiting && document.visibilityState === "visible") this.again(0);
  };

  private readonly receive = (event: MessageEvent<string>): void => {
    const frame = parseFrame(event.data);
    if (!frame) return;
    this.heard = Date.now();
    if (frame.id) this.lastId = frame.id;
    this.pending.push(frame);
    if (this.flushing) return;
    this.flushing = true;
    // Once per picture; browsers draw none of hidden pages.
    if (document.visibilityState === "visible") requestAnimationFrame(this.flush);
    else setTimeout(this.flush, 100);
  };

  private readonly flush = (): void => {
    this.flushing = false;
    const frames = this.pending;
    this.pending = [];
    if (!this.closed && frames.length > 0) this.events.frames(frames);
  };
}

/** Reads the whole log of a run that has ended. */
export function readLog(runId: string): Promise<readonly Frame[]> {
  return new Promise((resolve, reject) => {
    const frames: Frame[] = [];
    const source = new EventSource(`/api/runs/${runId}/events`);
    source.addEventListener("error", () => {
      source.close();
      const last = frames.at(-1)?.type ?? "";
      if (/^run\.(completed|failed|cancelled|killed)$/.test(last)) resolve(frames);
      else reject(new Error("the log broke off"));
    });
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (event: MessageEvent<string>) => {
        const frame = parseFrame(event.data);
        if (frame?.id) frames.push(frame);
      });
    }
  });
}
