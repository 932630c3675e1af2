/** What a page shows of something that changes by itself: read again every few seconds, as long as somebody looks. */

import { useCallback, useEffect, useRef, useState } from "react";

import { shown, type ApiError } from "../api/client";

const EVERY_MS = 3_000;
/** For what changes only when somebody changes it. */
export const SELDOM_MS = 10_000;

export interface Live<T> {
  /** What was read last; stays when a later attempt fails. */
  readonly data: T | undefined;
  /** Why the last attempt failed. */
  readonly problem: ApiError | undefined;
  /** Whether what is shown answers an earlier question. */
  readonly stale: boolean;
  readonly refresh: () => Promise<void>;
}

interface State<T> {
  readonly data?: T;
  readonly problem?: ApiError;
  readonly answers?: () => Promise<T>;
}

/** Reads with `load`, which must stay the same as long as the question does. */
export function useLive<T>(load: () => Promise<T>, everyMs = EVERY_MS): Live<T> {
  const [state, setState] = useState<State<T>>({});
  const turn = useRef(0);

  const refresh = useCallback(async () => {
    turn.current += 1;
    const mine = turn.current;
    try {
      const data = await load();
      if (mine === turn.current) setState({ data, answers: load });
    } catch (error) {
      if (mine === turn.current) setState((before) => ({ ...before, problem: shown(error) }));
    }
  }, [load]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let round = 0;
    const next = async () => {
      clearTimeout(timer);
      // Whoever comes back begins it anew.
      if (document.visibilityState !== "visible") return;
      round += 1;
      const mine = round;
      await refresh();
      if (mine === round) timer = setTimeout(() => void next(), everyMs);
    };
    const seen = () => void next();
    document.addEventListener("visibilitychange", seen);
    timer = setTimeout(seen, 0);
    return () => {
      round = -1;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [refresh, everyMs]);

  return { data: state.data, problem: state.problem, stale: state.answers !== load, refresh };
}
