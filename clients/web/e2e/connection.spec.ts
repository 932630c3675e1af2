import { answered, answers, begin, expect, field, say, test } from "./scene";

const THIRTY = /^one two three four five six seven eight nine ten eleven twelve .* twenty-eight twenty-nine thirty$/;

test("a connection that breaks in the middle of an answer loses nothing and doubles nothing", async ({ page, wire }) => {
  await begin(page, "Count slowly");
  await expect(answers(page)).toContainText("three");
  for (let time = 0; time < 2; time += 1) {
    wire.cut();
    await expect(page.getByText("Reconnecting…")).toBeVisible();
    await page.waitForTimeout(300);
    wire.mend();
    await expect(page.getByText("Reconnecting…")).toBeHidden();
  }
  await expect(answers(page)).toContainText("thirty", { timeout: 15_000 });
  await answered(page);
  await expect(answers(page)).toHaveText(THIRTY);
  await expect(answers(page)).toHaveCount(1);
  await page.reload();
  await expect(answers(page)).toHaveText(THIRTY);
});

test("an answer that ended while the connection was gone is there when it comes back", async ({ page, wire }) => {
  await begin(page, "Hello");
  await answered(page);
  await say(page, "Count slowly");
  await expect(answers(page)).toHaveCount(2);
  wire.cut();
  await page.waitForTimeout(4_500);
  wire.mend();
  await expect(answers(page).last()).toHaveText(THIRTY, { timeout: 15_000 });
  await expect(answers(page)).toHaveCount(2);
  await expect(page.locator(".bubble")).toHaveText(["Hello", "Count slowly"]);
});

test("a message that cannot be sent is kept, and sent once when it is sent again", async ({ page, wire }) => {
  await begin(page, "Hello");
  await answered(page);
  wire.cut();
  await say(page, "Are you there?");
  await expect(page.locator(".said.sending")).toContainText("Are you there?");
  await expect(page.locator(".said.failed")).toContainText("Not sent", { timeout: 20_000 });
  wire.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(answers(page).filter({ hasText: "You said: Are you there?" })).toBeVisible();
  await expect(page.locator(".bubble")).toHaveText(["Hello", "Are you there?"]);
  await expect(field(page)).toHaveValue("");
});
