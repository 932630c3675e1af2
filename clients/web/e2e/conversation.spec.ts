import { answered, answers, begin, expect, field, say, test } from "./scene";

test("a message is answered word by word, and both are still there after a reload", async ({ page }) => {
  await begin(page, "Count slowly, please");
  await expect(answers(page)).toContainText("one two");
  await expect(answers(page)).not.toContainText("thirty", { timeout: 1 });
  await expect(page.locator(".conversation.here .pulse")).toBeVisible();
  await expect(answers(page)).toContainText("twenty-nine thirty");
  await answered(page);
  await expect(page.locator(".conversation.here")).toContainText("Count slowly, please");
  await expect(page.locator(".status-line")).toContainText("scripted");

  await page.reload();
  await expect(page.locator(".bubble")).toHaveText(["Count slowly, please"]);
  await expect(answers(page)).toHaveCount(1);
  await expect(answers(page)).toContainText("twenty-nine thirty");
});

test("a tool shows what it was asked and what it said, also later", async ({ page }) => {
  await begin(page, "Work out 17 times 23");
  const tool = page.locator(".tool");
  await expect(tool).toContainText("calculator");
  await expect(tool).toHaveClass(/succeeded/);
  await expect(answers(page).locator("strong")).toHaveText("391");
  await tool.locator("summary").click();
  await expect(tool.locator("pre").first()).toContainText("17 * 23");
  await expect(tool.locator("pre").last()).toHaveText("391");
  await page.locator(".thinking summary").click();
  await expect(page.locator(".thinking-text")).toContainText("The calculator is exact");

  await page.reload();
  await expect(page.locator(".tool")).toHaveClass(/succeeded/);
  await expect(page.locator(".thinking")).toHaveCount(1);
  await expect(answers(page)).toHaveCount(1);
});

test("a tool that fails and a run that fails say so", async ({ page }) => {
  await begin(page, "Divide by nothing");
  await expect(page.locator(".tool")).toHaveClass(/failed/);
  await answered(page);
  await say(page, "Break down");
  const failed = page.locator(".ending.failed");
  await expect(failed).toContainText("the model refuses this request");
  await expect(failed.getByRole("button", { name: "Ask again" })).toBeVisible();
  await page.reload();
  await expect(page.locator(".ending.failed")).toContainText("the model refuses this request");
});

test("an answer is stopped by the button and by Escape, and what was said stays", async ({ page }) => {
  await begin(page, "Talk on");
  await expect(answers(page)).toContainText("on and");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".ending")).toContainText("Stopped");
  await expect(answers(page)).toContainText("on and");
  await say(page, "Talk on again");
  await expect(answers(page)).toHaveCount(2);
  await field(page).press("Escape");
  await expect(page.locator(".ending")).toHaveCount(2);
});

test("what is said meanwhile steers the answer, or waits for its turn", async ({ page }) => {
  await begin(page, "Talk on");
  await expect(answers(page)).toContainText("on and");
  await page.getByRole("radio", { name: "Wait" }).check({ force: true });
  await say(page, "And then?");
  await expect(page.locator(".bubble")).toHaveText(["Talk on", "And then?"]);
  await expect(page.getByText("Waits for the answer before it")).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(answers(page).last()).toHaveText("You said: And then?");
  await expect(page.locator(".bubble")).toHaveText(["Talk on", "And then?"]);
  await expect(page.getByText("Waits for the answer before it")).toBeHidden();

  await say(page, "Talk on again");
  await expect(answers(page)).toHaveCount(3);
  await say(page, "Not so fast");
  // It joins the turn: said at once, in the place where it came in, and never answered by a run of its own.
  await expect(page.locator(".turn").last().locator(".bubble")).toHaveText(["Talk on again", "Not so fast"]);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".ending")).toHaveCount(2);
  await expect(page.locator(".bubble")).toHaveCount(4);
});

test("two pages of one conversation see the same answer being written", async ({ context, page }) => {
  await begin(page, "Hello");
  await answered(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await answered(other);
  await say(page, "Count slowly");
  await expect(answers(other).last()).toContainText("one two three");
  await expect(answers(other).last()).not.toContainText("thirty", { timeout: 1 });
  const late = await context.newPage();
  await late.goto(page.url());
  for (const each of [page, other, late]) {
    await expect(answers(each).last()).toContainText("twenty-nine thirty");
    await expect(answers(each)).toHaveCount(2);
    await expect(each.locator(".bubble")).toHaveText(["Hello", "Count slowly"]);
  }
  await say(other, "Hello from the other one");
  await expect(answers(page).filter({ hasText: "You said: Hello from the other one" })).toBeVisible();
  await expect(page.locator(".bubble")).toHaveCount(3);
});

test("a conversation is renamed, found and deleted", async ({ page }) => {
  await begin(page, "Hello there");
  await expect(answers(page)).toContainText("You said: Hello there");
  const title = `Renamed ${Date.now()}`;
  const item = page.locator(".conversation.here");
  await item.hover();
  await item.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("textbox", { name: "Title" }).fill(title);
  await page.getByRole("textbox", { name: "Title" }).press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.goto("/");
  // Only then does the page listen to keys.
  await expect(field(page)).toBeFocused();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill(title.toLowerCase());
  await expect(page.getByRole("option", { name: title })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(answers(page)).toContainText("You said: Hello there");
  await item.hover();
  await item.getByRole("button", { name: /^More for/ }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByText(title)).toHaveCount(0);
});

test("a model is chosen for a conversation and answers in it", async ({ page }) => {
  await begin(page, "Hello");
  await answered(page);
  await page.getByRole("button", { name: "Model" }).click();
  const models = page.getByRole("menuitemradio");
  await models.nth(1).click();
  await page.reload();
  await page.getByRole("button", { name: "Model" }).click();
  await expect(models.nth(1)).toHaveAttribute("aria-checked", "true");
});
