/** What nobody else is answered during: these scenes are played when the others are over, one after the other. */

import { answered, answers, begin, expect, giveReason, say, test } from "./scene";

test.describe.configure({ mode: "default" });

test("a worker is drained and takes runs again", async ({ page }) => {
  await page.goto("/operations/workers");
  const row = page.getByRole("list", { name: "Workers" }).locator(".row");
  await expect(row).toHaveCount(1);
  await expect(row.locator(".badge")).toHaveText("ready");
  await expect(row).toContainText(/\d+ of \d+ running/);
  await row.getByRole("button", { name: "Drain" }).click();
  await giveReason(page, "a new version", "Drain");
  await expect(row.locator(".badge")).toHaveText("draining");
  await expect(row).toContainText("a new version");

  await begin(page, "Hello");
  await expect(page.locator(".progress")).toContainText("Waiting for a worker");
  await page.goto("/operations/workers");
  await row.getByRole("button", { name: "Resume" }).click();
  await giveReason(page, "it was not needed", "Resume");
  await expect(row.locator(".badge")).toHaveText("ready");
  await page.goBack();
  await answered(page);
  await expect(answers(page)).toHaveText("You said: Hello");
});

test("while the queue of runs is paused answers wait, and can be killed before they begin", async ({ page }) => {
  await page.goto("/operations/queues");
  const queue = page.getByRole("article", { name: "Queue runs" });
  await queue.getByRole("button", { name: "Pause" }).click();
  await giveReason(page, "the provider has an outage", "Pause");
  await expect(queue.locator(".badge")).toHaveText("paused");
  await expect(queue).toContainText("the provider has an outage");

  await begin(page, "Hello");
  const conversation = page.url();
  await expect(page.locator(".progress")).toContainText("Waiting for a worker");
  await page.getByRole("button", { name: "End by force" }).click();
  await giveReason(page, "asked by mistake", "End it");
  await expect(page.locator(".ending.failed")).toContainText("asked by mistake");
  await say(page, "Hello again");
  await expect(page.locator(".progress")).toContainText("Waiting for a worker");

  await page.goto("/operations/queues");
  await expect(queue.locator(".numbers > div").filter({ hasText: "waiting" }).locator("dd")).not.toHaveText("0");
  await queue.getByRole("button", { name: "Resume" }).click();
  await giveReason(page, "it is over", "Resume");
  await page.goto(conversation);
  await expect(answers(page)).toHaveText("You said: Hello again", { timeout: 20_000 });
});
