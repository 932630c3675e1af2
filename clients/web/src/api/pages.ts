/** Lists that come in pages. */

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Whether the list goes on. */
  readonly more: boolean;
}

/** What a page may hold at the most. */
const MOST = 200;

/** Reads a list from its beginning until there are this many. */
export async function upTo<T>(wanted: number, read: (limit: number, cursor?: string) => Promise<Page<T>>): Promise<Listed<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(Math.min(MOST, wanted - items.length), cursor);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && items.length < wanted);
  return { items, more: cursor !== undefined };
}
