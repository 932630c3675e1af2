import type { Page } from "@playwright/test";

import { expect, field, giveReason, newcomer, post, signInWith, test } from "./scene";

function row(page: Page, text: string) {
  return page.locator(".row").filter({ hasText: text });
}

test("somebody is invited by a link, makes an account, and sees only what is theirs", async ({ page, browser, wire }) => {
  const { id: theirs } = (await post("/api/conversations")) as { id: string };
  const email = `eve.${Date.now()}@example.com`;
  await page.goto("/people/invitations");
  await page.getByRole("button", { name: "Invite" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Email/).fill(email);
  await dialog.getByRole("radio", { name: /^member/ }).check();
  await dialog.getByRole("button", { name: "Make the link" }).click();
  const link = new URL((await page.getByRole("group", { name: "Link" }).locator("code").textContent()) ?? "");
  expect(link.pathname).toBe("/invite");
  expect(link.hash.length).toBeGreaterThan(20);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(row(page, email).locator(".badge")).toHaveText("open");

  const context = await browser.newContext({ baseURL: wire.url });
  const other = await context.newPage();
  await other.goto(`/invite${link.hash}`);
  await expect(other.getByRole("heading", { name: /^Join / })).toBeVisible();
  await expect(other.getByText("Owner invites you")).toBeVisible();
  await expect(other.getByLabel("Email", { exact: true })).toHaveValue(email);
  await other.getByLabel("Your name").fill("Eve");
  await other.getByLabel("Password", { exact: true }).fill("eleven loud geese march");
  await other.getByRole("button", { name: "Make the account and join" }).click();
  await expect(field(other)).toBeVisible();
  await expect(other.getByRole("button", { name: "Account" })).toContainText("Eve");
  await expect(other.getByRole("list", { name: "Conversations" }).locator("a")).toHaveCount(0);
  await expect(other.getByRole("link", { name: "Operations" })).toHaveCount(0);
  await other.goto(`/c/${theirs}`);
  await expect(other.getByRole("heading", { name: "There is no such conversation" })).toBeVisible();
  await other.goto("/people");
  await expect(row(other, "Owner").getByRole("button")).toHaveCount(0);
  await expect(row(other, "Eve").getByRole("button", { name: "More for Eve" })).toBeVisible();
  for (const hidden of ["Invitations", "All users"]) {
    await expect(other.getByRole("navigation", { name: "People" }).getByRole("link", { name: hidden })).toHaveCount(0);
  }
  await other.goto("/people/users");
  await expect(other.getByRole("heading", { name: "This is not for your role" })).toBeVisible();

  await expect(row(page, email).locator(".badge")).toHaveText("accepted", { timeout: 15_000 });
  await other.goto(`/invite${link.hash}`);
  await expect(other.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  await context.close();
});

test("an invitation that was revoked lets nobody in", async ({ page, browser, wire }) => {
  await page.goto("/people/invitations");
  await page.getByRole("button", { name: "Invite" }).click();
  const email = `zoe.${Date.now()}@example.com`;
  await page.getByRole("dialog").getByLabel(/^Email/).fill(email);
  await page.getByRole("dialog").getByRole("button", { name: "Make the link" }).click();
  const link = new URL((await page.getByRole("group", { name: "Link" }).locator("code").textContent()) ?? "");
  await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
  await row(page, email).getByRole("button", { name: /^Revoke/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(row(page, email).locator(".badge")).toHaveText("revoked");
  const context = await browser.newContext({ baseURL: wire.url });
  const other = await context.newPage();
  await other.goto(`/invite${link.hash}`);
  await expect(other.getByRole("heading", { name: "This invitation does not work" })).toBeVisible();
  await context.close();
});

test("a ban ends the open page with a clear word, and lets nobody in again until it is taken back", async ({ page, browser, wire }) => {
  const mal = await newcomer(`Mallory${Date.now()}`);
  const context = await browser.newContext({ baseURL: wire.url });
  const theirs = await context.newPage();
  await theirs.goto("/");
  await signInWith(theirs, mal);
  await expect(field(theirs)).toBeVisible();

  await page.goto("/people/users");
  await page.getByRole("searchbox", { name: "Search users" }).fill(mal.name.toLowerCase());
  await expect(page.locator(".row")).toHaveCount(1);
  await page.getByRole("button", { name: `More for ${mal.name}` }).click();
  await page.getByRole("menuitem", { name: /^Ban/ }).click();
  await giveReason(page, "sells our keys", "Ban");
  await expect(row(page, mal.name).locator(".badge")).toHaveText("banned");
  await expect(row(page, mal.name)).toContainText("sells our keys");
  await expect(theirs.getByText("Your session has ended")).toBeVisible();
  await expect(theirs.getByRole("alert")).toContainText("your account was closed");
  await signInWith(theirs, mal);
  await expect(theirs.locator("form").getByRole("alert")).toBeVisible();

  await page.getByRole("button", { name: `More for ${mal.name}` }).click();
  await page.getByRole("menuitem", { name: /^Reactivate/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reactivate" }).click();
  await expect(row(page, mal.name).locator(".badge")).toHaveCount(0);
  await signInWith(theirs, mal);
  await expect(field(theirs)).toBeVisible();
  await context.close();
});

test("somebody gets an account and sets their password by a link, and is deleted with what is theirs counted", async ({ page, browser, wire }) => {
  const name = `Newton${Date.now()}`;
  const email = `${name.toLowerCase()}@example.com`;
  await page.goto("/people/users");
  await page.getByRole("button", { name: "New user" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByLabel("Email", { exact: true }).fill("not an address");
  await dialog.getByRole("button", { name: "Make the account" }).click();
  await expect(dialog.getByLabel("Email", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel("Email", { exact: true }).fill(email);
  await dialog.getByRole("button", { name: "Make the account" }).click();
  const link = new URL((await page.getByRole("group", { name: "Link" }).locator("code").textContent()) ?? "");
  expect(link.pathname).toBe("/password");
  await dialog.getByRole("button", { name: "Done" }).click();

  const context = await browser.newContext({ baseURL: wire.url });
  const other = await context.newPage();
  await other.goto(`/password${link.hash}`);
  const password = "twelve apples never fell";
  await other.getByLabel("New password", { exact: true }).fill(password);
  await other.getByRole("button", { name: "Set the password" }).click();
  await expect(other.getByRole("heading", { name: "Your password is set" })).toBeVisible();
  await other.getByRole("button", { name: "Sign in" }).click();
  await signInWith(other, { email, password });
  await expect(field(other)).toBeVisible();
  await context.close();

  await page.getByRole("searchbox", { name: "Search users" }).fill(name);
  await expect(page.locator(".row")).toHaveCount(1);
  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: /^Delete/ }).click();
  const act = dialog.getByRole("button", { name: "Delete" });
  await expect(dialog.locator(".numbers > div").filter({ hasText: "sessions" }).locator("dd")).toHaveText("1");
  await dialog.getByRole("textbox").fill(name);
  await expect(act).toBeDisabled();
  await dialog.getByRole("textbox").fill(email);
  await act.click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("heading", { name: "Nobody is called so" })).toBeVisible();
});

test("roles are changed, a team is made, filled and renamed, and what was done can be found", async ({ page }) => {
  const tom = await newcomer(`Tom${Date.now()}`);
  await page.goto("/people");
  await page.getByRole("button", { name: `More for ${tom.name}` }).click();
  await page.getByRole("menuitem", { name: /^Change role/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Change" })).toBeDisabled();
  await dialog.getByRole("radio", { name: /^admin/ }).check();
  await dialog.getByRole("button", { name: "Change" }).click();
  await expect(row(page, tom.name).locator(".tag")).toHaveText("admin");

  const name = `Crew ${Date.now()}`;
  await page.getByRole("navigation", { name: "People" }).getByRole("link", { name: "Teams" }).click();
  await page.getByRole("button", { name: "New team" }).click();
  await dialog.getByLabel("Name", { exact: true }).fill(name);
  await dialog.getByRole("button", { name: "Make it" }).click();
  const team = page.getByRole("article", { name: `Team ${name}` });
  await team.getByRole("button", { name: "Add" }).click();
  await dialog.getByLabel("Who").selectOption({ label: `${tom.name} (${tom.email})` });
  await dialog.getByLabel("As").selectOption("owner: runs it");
  await dialog.getByRole("button", { name: "Add" }).click();
  await expect(team.getByRole("listitem")).toContainText([tom.name]);
  await expect(team.locator(".tag")).toHaveText("owner");
  await team.getByRole("button", { name: `More for ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: /^Delete/ }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await expect(team).toHaveCount(0);

  await page.goto("/operations/audit");
  await page.getByRole("combobox", { name: "Kind" }).selectOption("Members");
  await expect(row(page, "from member to admin").first()).toContainText("member.role");
});

test("the audit is asked for by outcome, time and person", async ({ page }) => {
  const asked: URLSearchParams[] = [];
  await page.route("**/api/audit?*", async (route) => {
    asked.push(new URL(route.request().url()).searchParams);
    await route.fulfill({ json: { items: [] } });
  });
  await page.goto("/operations/audit");
  await expect(page.getByText("Nobody did anything")).toBeVisible();
  await page.getByRole("combobox", { name: "Outcome" }).selectOption("Denied");
  await page.getByRole("combobox", { name: "Time" }).selectOption("In the last hour");
  await page.getByRole("searchbox", { name: "Who" }).fill("Mallory");
  await expect(page.getByText("Nothing like that")).toBeVisible();
  await expect.poll(() => asked.at(-1)?.get("actor")).toBe("Mallory");
  expect(asked.at(-1)?.get("outcome")).toBe("denied");
  expect(Date.now() - Date.parse(asked.at(-1)?.get("since") ?? "")).toBeLessThan(3_700_000);
  await page.getByRole("combobox", { name: "Time" }).selectOption("Between…");
  await page.getByLabel("From").fill("2026-01-31T12:00");
  await expect.poll(() => asked.at(-1)?.get("since")).toBe(await page.evaluate(() => new Date("2026-01-31T12:00").toISOString()));
  expect(asked.at(-1)?.has("until")).toBe(false);
});

test("a second workspace is made, gone to, and left behind for good", async ({ page }) => {
  const name = `Annex ${Date.now()}`;
  const ann = await newcomer(`Ann${Date.now()}`, "admin");
  await page.context().clearCookies();
  await page.goto("/people/workspace");
  await signInWith(page, ann);
  const switcher = page.getByRole("button", { name: "Workspace", exact: true });
  await expect(page.getByRole("list", { name: "Your workspaces" }).locator(".row")).toHaveCount(1);
  await expect(switcher).toHaveCount(0);
  await page.getByRole("button", { name: "New workspace" }).click();
  await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  await switcher.click();
  await page.getByRole("menuitemradio", { name: new RegExp(`^${name}`) }).click();
  await expect(switcher).toHaveText(name);
  await page.goto("/people");
  await expect(page.locator(".row")).toHaveCount(1);
  await expect(page.getByRole("navigation", { name: "People" }).getByRole("link", { name: "All users" })).toHaveCount(0);
  await page.goto("/people/workspace");
  await page.getByRole("button", { name: `Delete ${name}` }).click();
  await page.getByRole("dialog").getByRole("textbox").fill(name);
  await page.getByRole("dialog").getByRole("button", { name: "Delete the workspace" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await signInWith(page, ann).catch(() => undefined);
  await expect(switcher).toHaveCount(0);
});

test("lists of people fit on 360 pixels and are reached with the keyboard", async ({ page }) => {
  await page.goto("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("people all");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/people\/users$/);
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  for (const tab of ["Members", "Teams", "Invitations", "Workspace", "All users"]) {
    await page.getByRole("navigation", { name: "People" }).getByRole("link", { name: tab }).click();
    await expect(page.locator(".panel")).toBeVisible();
    await expect(page.locator(".skeleton")).toHaveCount(0);
    expect(await wide()).toBe(360);
  }
  await page.goto("/operations/audit");
  await expect(page.locator(".rows, .empty")).toBeVisible();
  expect(await wide()).toBe(360);
});
