/** The typed client of the public API. Its types are made from the API's own document. */

import createClient from "openapi-fetch";

import type { FieldError, paths, Problem } from "./schema.gen";

/** A request that takes longer has met a server that hangs. */
const PATIENCE_MS = 35_000;

/** What a problem says besides its sentence and its remedy. */
interface More {
  readonly title?: string | undefined;
  readonly code?: string | undefined;
  readonly fields?: readonly FieldError[] | undefined;
}

/** An error as it is shown: what happened and what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The same for every problem of its kind. */
  readonly title: string | undefined;
  /** Machine-readable. */
  readonly code: string | undefined;
  /** The fields that do not fit. */
  readonly fields: readonly FieldError[];

  constructor(
    /** 0 if no answer came. */
    readonly status: number,
    readonly detail: string,
    readonly remedy: string,
    { title, code, fields }: More = {},
  ) {
    super(detail);
    this.title = title;
    this.code = code;
    this.fields = fields ?? [];
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
  const why = problemOf(response.status, error);
  if (why.status === 401) for (const listener of signedOut) listener();
  throw why;
}

function problemOf(status: number, error: unknown): ApiError {
  const problem = (typeof error === "object" ? error : null) as Partial<Problem> | null;
  const detail = problem?.detail ?? `The server answered with status ${status}.`;
  const { title, code, errors: fields } = problem ?? {};
  return new ApiError(status, detail, problem?.remedy ?? "Try again in a moment.", { title, code, fields });
}

/** Any error as one that can be shown. */
export function shown(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(-1, "The page met a defect of its own.", String(error));
}
