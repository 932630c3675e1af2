import { answered, answers, begin, expect, field, say, test } from "./scene";

test("an answer is paused between two steps, stays so, and goes on where it was", async ({ context, page }) => {
  await begin(page, "Take your time");
  await expect(answers(page)).toContainText("First I think");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Halts after this step")).toBeVisible();
  const paused = page.locator(".paused");
  await expect(paused).toContainText("Paused by Owner");
  await expect(answers(page)).toHaveText(/work it out\.$/);
  await expect(page.locator(".tool")).toContainText("Not begun");
  await expect(page.locator(".status-line")).toContainText("scripted");

  await page.reload();
  await expect(paused).toContainText("Paused by Owner");
  await expect(answers(page)).toHaveText(/work it out\.$/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.locator(".paused")).toContainText("Paused by Owner");

  await paused.getByRole("button", { name: "Resume" }).click();
  await expect(paused).toBeHidden();
  for (const each of [page, other]) {
    await expect(each.locator(".tool")).toHaveClass(/succeeded/);
    await expect(answers(each).last().locator("strong")).toHaveText("391");
    await expect(each.locator(".paused")).toBeHidden();
  }
  await answered(page);
});

test("a pause is taken back before it takes effect", async ({ page }) => {
  await begin(page, "Take your time");
  await expect(answers(page)).toContainText("First I");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Do not pause" }).click();
  await expect(page.getByText("Halts after this step")).toBeHidden();
  await expect(answers(page).last().locator("strong")).toHaveText("391");
  await answered(page);
});

test("what is said to a paused answer is read when it goes on, and it can be stopped as it is", async ({ page }) => {
  await begin(page, "Take your time");
  await expect(answers(page)).toContainText("First I");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".paused")).toBeVisible();
  await expect(field(page)).toHaveAttribute("placeholder", "Add something for when it goes on");
  await say(page, "And be brief");
  await expect(page.locator(".bubble")).toHaveText(["Take your time", "And be brief"]);
  await expect(page.locator(".turn")).toHaveCount(1);
  await expect(page.locator(".paused")).toBeVisible();
  await page.getByRole("button", { name: "Resume" }).last().click();
  await expect(answers(page).last()).toHaveText("You said: And be brief");

  await say(page, "Take your time again");
  await expect(answers(page).last()).toContainText("First I");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".paused")).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".paused")).toBeHidden();
  await expect(page.locator(".ending")).toContainText("Stopped by Owner");
});

test("an answer is ended by force with a reason, which everybody reads", async ({ page }) => {
  await begin(page, "Talk on");
  await expect(answers(page)).toContainText("on and");
  await page.getByRole("button", { name: "End by force" }).click();
  const dialog = page.getByRole("dialog", { name: "End this answer by force?" });
  const reason = dialog.getByRole("textbox", { name: "Reason" });
  await expect(reason).toBeFocused();
  await expect(dialog.getByRole("button", { name: "End it" })).toBeDisabled();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.locator(".ending")).toHaveCount(0);

  await page.getByRole("button", { name: "End by force" }).click();
  await reason.fill("It goes round in circles");
  await reason.press("Enter");
  await expect(dialog).toBeHidden();
  const ending = page.locator(".ending.failed");
  await expect(ending).toContainText("This was ended by force.");
  await expect(ending).toContainText("It goes round in circles");
  await page.reload();
  await expect(ending).toContainText("It goes round in circles");
  await expect(answers(page)).toContainText("on and");
});

test("at 360 pixels what controls an answer fits beside what is written", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await begin(page, "Take your time");
  await expect(answers(page)).toContainText("First I");
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  for (const name of ["End by force", "Pause", "Stop", "Send"]) {
    await expect(page.getByRole("button", { name })).toBeInViewport({ ratio: 1 });
  }
  expect(await wide()).toBe(360);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.locator(".paused")).toBeInViewport();
  expect(await wide()).toBe(360);
  await page.getByRole("button", { name: "Resume" }).last().click();
  await answered(page);
});
