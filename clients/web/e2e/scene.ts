/** What every scene begins with: a page that is signed in, and watched for what must never happen. */

import { test as base, expect, type BrowserContext, type Locator, type Page } from "@playwright/test";

import { Wire } from "./wire";

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const token = (): string => required("MOSAIC_TOKEN");

interface Scene {
  /** A connection to the gateway that can be cut. */
  readonly wire: Wire;
  /** Whether the page begins signed in. */
  readonly signedIn: boolean;
  /** As whom: the owner of the workspace, or somebody who is in it without running it. */
  readonly who: "owner" | "member";
}

export const test = base.extend<Scene & { quiet: void }>({
  signedIn: [true, { option: true }],
  who: ["owner", { option: true }],
  // oxlint-disable-next-line no-empty-pattern
  wire: async ({}, give) => {
    const wire = await Wire.to(required("MOSAIC_URL"));
    await give(wire);
    await wire.close();
  },
  baseURL: async ({ wire }, give) => {
    await give(wire.url);
  },
  context: async ({ context, wire, signedIn, who }, give) => {
    if (signedIn) await enter(context, wire, who);
    await give(context);
  },
  /** Nothing of the page breaks, nothing breaks its policy, and nothing is asked of anybody else. */
  quiet: [
    async ({ context, wire }, give) => {
      const wrong: string[] = [];
      context.on("weberror", (event) => wrong.push(event.error().message));
      context.on("console", (message) => {
        if (/Content Security Policy|trusted type/i.test(message.text())) wrong.push(message.text());
      });
      context.on("request", (request) => {
        const url = request.url();
        if (!url.startsWith(wire.url) && !url.startsWith("data:")) wrong.push(`asked for ${url}`);
      });
      await give();
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

/** Signs somebody in. */
export async function enter(context: BrowserContext, wire: Wire, who: Scene["who"]): Promise<void> {
  const value = required(who === "owner" ? "MOSAIC_SESSION" : "MOSAIC_MEMBER_SESSION");
  await context.addCookies([{ name: "mosaic_session", value, url: wire.url, httpOnly: true, sameSite: "Strict" }]);
}

/** Posts to the API as the owner, past the page. */
export async function post(path: string, body: object = {}): Promise<unknown> {
  const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
  const answer = await fetch(required("MOSAIC_URL") + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return await answer.json();
}

/** Has the owner say something, past the page; the id of the conversation. */
export async function ownerSays(content: string): Promise<string> {
  const { id } = (await post("/api/conversations")) as { id: string };
  await post(`/api/conversations/${id}/messages`, { content });
  return id;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

let people = 0;

/** Makes somebody an account with a password, past the page. */
export async function newcomer(name: string, role = "member"): Promise<Person> {
  people += 1;
  const email = `${name.toLowerCase()}.${process.pid}.${people}@example.com`;
  const password = "seven green kettles sing";
  const { id } = (await post("/api/users", { name, email, role, password })) as { id: string };
  return { id, name, email, password };
}

/** Signs somebody in on the page that shows the ways in. */
export async function signInWith(page: Page, { email, password }: Pick<Person, "email" | "password">): Promise<void> {
  await page.getByLabel("Email", { exact: true }).fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** The field in which messages are written. */
export function field(page: Page): Locator {
  return page.getByRole("textbox", { name: "Message" });
}

/** The answers as they are read. */
export function answers(page: Page): Locator {
  return page.locator(".answer");
}

/** Begins a conversation with this. */
export async function begin(page: Page, text: string): Promise<void> {
  await page.goto("/");
  await say(page, text);
  await page.waitForURL(/\/c\//);
}

export async function say(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
  await field(page).press("Enter");
}

/** Gives the reason that a dialog asks for. */
export async function giveReason(page: Page, reason: string, action: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill(reason);
  await dialog.getByRole("button", { name: action }).click();
  await expect(dialog).toBeHidden();
}

/** Waits until the last answer is complete. */
export async function answered(page: Page): Promise<void> {
  const ends = page.locator(".turn").last().locator(".answer-actions, .ending");
  await expect(ends).toHaveCount(1, { timeout: 20_000 });
}

export { expect };
