import type { Locator, Page } from "@playwright/test";

import { answers, begin, enter, expect, field, giveReason, ownerSays, post, test } from "./scene";

/** The row of the run of this conversation, which is one's own. */
function rowOf(page: Page, conversation: string): Locator {
  return page.locator(".row").filter({ has: page.locator(`a[href="${conversation}"]`) });
}

test("an owner sees runs as they go on, pauses, resumes and kills them", async ({ page }) => {
  await begin(page, "Take your time");
  const conversation = new URL(page.url()).pathname;
  await page.getByRole("link", { name: "Operations" }).click();
  await expect(page).toHaveURL(/\/operations$/);
  const row = rowOf(page, conversation);
  await expect(row.locator(".badge")).toHaveText("running");
  await expect(row).toContainText("jarvis");
  await expect(row).toContainText("you");
  await row.getByRole("button", { name: "Pause your run" }).click();
  await expect(row.locator(".badge")).toHaveText("paused");
  await expect(row).toContainText("Paused by Owner");
  await page.getByRole("combobox", { name: "State" }).selectOption("Queued");
  await expect(row).toBeHidden();
  await page.getByRole("combobox", { name: "State" }).selectOption("Paused");
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: "Kill your run" }).click();
  await expect(page.getByRole("dialog").getByRole("button", { name: "Kill" })).toBeDisabled();
  const reason = `wrong numbers in ${conversation}`;
  await giveReason(page, reason, "Kill");
  await expect(row).toBeHidden();
  await page.getByRole("combobox", { name: "State" }).selectOption("Killed");
  await expect(row).toContainText(reason);
  await expect(row.getByRole("button")).toHaveCount(0);

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("combobox", { name: "Kind" }).selectOption("Runs");
  const entry = page.locator(".row").filter({ hasText: reason });
  await expect(entry).toContainText("run.kill");
  await expect(entry).toContainText("Owner");
  await expect(entry.locator(".badge")).toHaveText("done");
});

test("killing everything takes a reason and a tick", async ({ page }) => {
  await page.goto("/operations");
  await page.getByRole("button", { name: "Kill all" }).click();
  const dialog = page.getByRole("dialog", { name: "Kill all runs of everybody?" });
  const act = dialog.getByRole("button", { name: "Kill all" });
  await dialog.getByRole("textbox").fill("an emergency");
  await expect(act).toBeDisabled();
  await dialog.getByRole("checkbox").check();
  await expect(act).toBeEnabled();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(dialog).toBeHidden();
});

test("a queue is paused, drained, its dead letters edited and put back, or thrown away", async ({ page }) => {
  // Nobody makes summaries here, so these jobs wait.
  for (const text of ["Hello", "Hello again"]) {
    const id = await ownerSays(text);
    await expect.poll(() => post(`/api/conversations/${id}/summaries`).then(() => true, () => false)).toBe(true);
  }
  await page.goto("/operations/queues");
  const queue = page.getByRole("article", { name: "Queue summaries" });
  const number = (label: string) => queue.locator(".numbers > div").filter({ hasText: label }).locator("dd");
  await expect(number("waiting")).toHaveText("2");
  await queue.getByRole("button", { name: "Pause" }).click();
  await giveReason(page, "nobody reads them", "Pause");
  await expect(queue.locator(".badge")).toHaveText("paused");
  await expect(queue).toContainText("nobody reads them");

  await queue.getByRole("button", { name: "More for summaries" }).click();
  await page.getByRole("menuitem", { name: /^Drain/ }).click();
  await giveReason(page, "made by a mistake", "Drain");
  await expect(number("waiting")).toHaveText("0");
  await expect(number("dead")).toHaveText("2");
  await queue.getByRole("button", { name: "2 dead letters" }).click();
  const letters = queue.locator(".letter");
  await expect(letters).toHaveCount(2);
  await expect(letters.first()).toContainText("made by a mistake");
  await letters.first().getByText("Data").click();
  await expect(letters.first().locator("pre")).toContainText("conversation");

  await letters.first().getByRole("button", { name: "Edit and retry" }).click();
  const editor = page.getByRole("dialog", { name: "Edit and retry" });
  const data = await editor.getByRole("textbox").inputValue();
  await editor.getByRole("textbox").fill("{ not json");
  await expect(editor.getByRole("button", { name: "Retry" })).toBeDisabled();
  await editor.getByRole("textbox").fill(data);
  await editor.getByRole("button", { name: "Retry" }).click();
  await expect(editor).toBeHidden();
  await expect(letters).toHaveCount(1);
  await expect(number("waiting")).toHaveText("1");
  await letters.getByRole("button", { name: "Discard" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(number("dead")).toHaveText("0");

  await queue.getByRole("button", { name: "Resume" }).click();
  await giveReason(page, "they are read again", "Resume");
  await expect(queue.locator(".badge")).toHaveText("open");
  await queue.getByRole("button", { name: "More for summaries" }).click();
  await page.getByRole("menuitem", { name: /^Rebuild/ }).click();
  await giveReason(page, "to be sure", "Rebuild");
  await expect(number("waiting")).toHaveText("1");
});

test("the places of operators are reached with the keyboard and fit on 360 pixels", async ({ page }) => {
  await page.goto("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("queues");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/operations\/queues$/);
  await expect(page.getByRole("article", { name: "Queue runs" })).toBeVisible();
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  for (const tab of ["Runs", "Workers", "Audit", "Queues"]) {
    await page.getByRole("navigation", { name: "Operations" }).getByRole("link", { name: tab }).click();
    await expect(page.locator(".panel")).toBeVisible();
    await expect(page.locator(".skeleton")).toHaveCount(0);
    expect(await wide()).toBe(360);
  }
});

test("lists are read only while somebody looks", async ({ page }) => {
  let asked = 0;
  page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/workers") asked += 1;
  });
  await page.goto("/operations/workers");
  await expect.poll(() => asked).toBeGreaterThan(1);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  const before = asked;
  await page.waitForTimeout(4_000);
  expect(asked).toBeLessThanOrEqual(before + 1);
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await expect.poll(() => asked).toBeGreaterThan(before + 1);
});

test.describe("somebody who does not run the workspace", () => {
  // One after the other: what ends all of their runs would end those of the others, too.
  test.describe.configure({ mode: "default" });
  test.use({ who: "member" });

  test("sees and commands only their own runs", async ({ page }) => {
    const theirs = await ownerSays("Talk on");
    await begin(page, "Take your time");
    const conversation = new URL(page.url()).pathname;
    await expect(answers(page)).toContainText("First");
    const sidebar = page.getByRole("navigation", { name: "Mosaic" });
    await expect(sidebar.getByRole("link", { name: "Operations" })).toHaveCount(0);
    await sidebar.getByRole("link", { name: "Runs" }).click();
    await expect(page).toHaveURL(/\/runs$/);
    const row = rowOf(page, conversation);
    await expect(row).toBeVisible();
    await expect(page.locator(".row-title:not(:has(a))")).toHaveCount(0);
    await expect(page.locator(`a[href="/c/${theirs}"]`)).toHaveCount(0);
    await expect(page.getByRole("radio", { name: "Everybody's" })).toHaveCount(0);

    await row.getByRole("button", { name: "Pause your run" }).click();
    await expect(row).toContainText("Paused by Member");
    await page.getByRole("button", { name: "Kill all" }).click();
    await page.getByRole("dialog").getByRole("checkbox").check();
    await giveReason(page, "enough for today", "Kill all");
    await expect(row.locator(".badge")).toHaveText("killed");
    await expect(row).toContainText("enough for today");

    await page.goto("/operations");
    await expect(page.getByRole("heading", { name: "This is for owners and admins" })).toBeVisible();
    await expect(page.locator(".panel")).toHaveCount(0);
    await page.getByRole("button", { name: "Show my runs" }).click();
    await expect(row).toBeVisible();
    await page.goto(`/c/${theirs}`);
    await expect(page.getByRole("heading", { name: "There is no such conversation" })).toBeVisible();
  });

  test("read by whom and why their run was paused", async ({ page: theirs, browser, wire }) => {
    const context = await browser.newContext({ baseURL: wire.url });
    await enter(context, wire, "owner");
    const page = await context.newPage();
    await begin(theirs, "Take your time");
    await page.goto("/operations");
    const row = page.locator(".row").filter({ hasText: "Member" }).filter({ hasText: "running" });
    await row.getByRole("button", { name: "Pause the run of Member" }).click();
    await giveReason(page, "a release", "Pause");
    await expect(theirs.locator(".paused")).toContainText("Paused by Owner: a release");
    await expect(page.locator(".row").filter({ hasText: "Paused by Owner: a release" })).toBeVisible();
    await theirs.getByRole("button", { name: "Resume" }).last().click();
    await expect(answers(theirs).last().locator("strong")).toHaveText("391");
    await context.close();
  });
});
