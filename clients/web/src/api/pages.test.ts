import { expect, it } from "vitest";

import { upTo, type Page } from "./pages";

/** A list of numbers that is read in pages. */
function list(length: number) {
  const asked: number[] = [];
  const read = async (limit: number, cursor?: string): Promise<Page<number>> => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const to = Math.min(length, from + limit);
    const items = Array.from({ length: to - from }, (_, index) => from + index);
    return { items, nextCursor: to < length ? String(to) : null };
  };
  return { asked, read };
}

it("reads as many pages as it takes", async () => {
  const { asked, read } = list(1_000);
  const { items, more } = await upTo(450, read);
  expect([items.length, items.at(-1), more]).toEqual([450, 449, true]);
  expect(asked).toEqual([200, 200, 50]);
});

it("ends with the list", async () => {
  const { asked, read } = list(70);
  expect((await upTo(100, read)).more).toBe(false);
  expect(await upTo(70, read)).toMatchObject({ more: false });
  expect(asked).toEqual([100, 70]);
  expect(await upTo(50, list(0).read)).toEqual({ items: [], more: false });
});
