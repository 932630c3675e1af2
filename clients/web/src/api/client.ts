/** The typed client of the public API. Its types are made from the API's own document. */

import createClient from "openapi-fetch";

import type { paths, Problem } from "./schema.gen";

/** A request that takes longer has met a server that hangs. */
const PATIENCE_MS = 35_000;

/** An error as it is shown: what happened and what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** 0 if no answer came. */
    readonly status: number,
    readonly detail: string,
    readonly remedy: string,
  ) {
    super(detail);
  }

  /** Whether the same request may succeed later without anybody changing anything. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

type Listener = () => void;
const signedOut = new Set<Listener>();

/** Tells when the server no longer knows who is calling. */
export function onSignedOut(listener: Listener): () => void {
  signedOut.add(listener);
  return () => signedOut.delete(listener);
}

async function patient(request: Request): Promise<Response> {
  return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]) });
}

export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: patient });

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer to a request, or an error that says what to do. */
export async function must<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch {
    throw new ApiError(0, "Mosaic does not answer.", "Check the connection; what you wrote is kept.");
  }
  const { data, error, response } = answer;
  if (response.ok) return data as T;
  if (response.status === 401) for (const listener of signedOut) listener();
  const problem = (typeof error === "object" ? error : null) as Partial<Problem> | null;
  const detail = problem?.detail ?? `The server answered with status ${response.status}.`;
  throw new ApiError(response.status, detail, problem?.remedy ?? "Try again in a moment.");
}

/** Any error as one that can be shown. */
export function shown(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(-1, "The page met a defect of its own.", String(error));
}
