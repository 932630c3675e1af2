import type { Page } from "@playwright/test";

import { answered, enter, expect, field, newcomer, say, signInWith, test, token } from "./scene";

test.use({ signedIn: false });

/** Where a token is shown; folded as long as there are other ways. */
async function tokenField(page: Page) {
  await page.getByText("Use an API token").click();
  return page.getByLabel("API token", { exact: true });
}

test("a wrong token is refused with what to do, the right one opens the page, and signing out closes it", async ({ page, context }) => {
  await page.goto("/");
  await expect(page.getByLabel("Email", { exact: true })).toBeFocused();
  const input = await tokenField(page);
  await input.fill("mos_wrong");
  await input.press("Enter");
  await expect(page.getByRole("alert")).toContainText("no Mosaic token");
  await expect(page.getByRole("alert")).toContainText("mosaic-migrate token");
  await expect(input).toHaveValue("mos_wrong");

  await input.fill(token());
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  await expect(field(page)).toBeFocused();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ name: "mosaic_session", httpOnly: true, sameSite: "Strict", path: "/" });
  expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage))).not.toContain("mos_");

  await page.reload();
  await expect(field(page)).toBeVisible();
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Sign in to Mosaic" })).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  await page.reload();
  await expect(page.getByText("Use an API token")).toBeVisible();
});

test("a wrong password is refused without saying what was wrong, the right one opens the page where one was", async ({ page }) => {
  const ada = await newcomer("Ada");
  await page.goto("/memory");
  await signInWith(page, { email: ada.email, password: "not the password" });
  const alert = page.getByRole("alert");
  await expect(alert).toBeVisible();
  const words = await alert.textContent();
  await signInWith(page, { email: "nobody@example.com", password: "not the password" });
  await expect(alert).toHaveText(words ?? "");
  const password = page.getByLabel("Password", { exact: true });
  await expect(password).toHaveAttribute("type", "password");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(password).toHaveAttribute("type", "text");
  await signInWith(page, ada);
  await expect(page.getByRole("heading", { name: "Memory" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Account" })).toContainText("Ada");
});

test("a session that ends elsewhere leads back to the way in, with a word about it", async ({ page, browser, wire }) => {
  const bob = await newcomer("Bob");
  await page.goto("/");
  await signInWith(page, bob);
  await expect(field(page)).toBeVisible();

  const context = await browser.newContext({ baseURL: wire.url });
  const other = await context.newPage();
  await other.goto("/settings/security");
  await signInWith(other, bob);
  const sessions = other.getByRole("list", { name: "Sessions" }).locator(".row");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "this one" })).toHaveCount(1);
  await sessions.filter({ hasNotText: "this one" }).getByRole("button", { name: /^End/ }).click();
  await other.getByRole("dialog").getByRole("button", { name: "End it" }).click();
  await expect(sessions).toHaveCount(1);
  await expect(page.getByText("Your session has ended")).toBeVisible();
  await signInWith(page, bob);
  await expect(field(page)).toBeVisible();
  await context.close();
});

test("whoever comes next on the same page sees nothing of who was there before", async ({ page, context, wire }) => {
  const [ada, bob] = [await newcomer("Ada"), await newcomer("Bob")];
  await page.goto("/");
  await signInWith(page, bob);
  await field(page).fill("half a thought of Bob");
  await page.getByRole("button", { name: "Account" }).click();
  await page.getByRole("menuitem", { name: "Sign out", exact: true }).click();
  await signInWith(page, ada);
  await expect(field(page)).toHaveValue("");
  await say(page, "only for Ada");
  await page.waitForURL(/\/c\//);
  await answered(page);

  // Somebody else signs in in another tab, and this one finds out while it shows what Ada said.
  await enter(context, wire, "member");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await expect(page.getByText("There is no such conversation")).toBeVisible();
  await expect(page.getByText("only for Ada")).toHaveCount(0);
});

test("other places to sign in are offered, and what came of them is said", async ({ page }) => {
  const ways = {
    needsSetup: false,
    registration: "open",
    password: true,
    providers: [
      { name: "corp", label: "Corporate" },
      { name: "hub", label: "Hub" },
    ],
  };
  await page.route("**/api/login", (route) => route.fulfill({ json: ways }));
  await page.goto("/sign-in?problem=a_code_of_tomorrow");
  await expect(page.getByRole("alert")).toContainText("a_code_of_tomorrow");
  const corporate = page.getByRole("link", { name: "Continue with Corporate" });
  await expect(corporate).toHaveAttribute("href", "/api/auth/oidc/corp/start?returnTo=%2F");
  await page.goto("/memory");
  await expect(corporate).toHaveAttribute("href", "/api/auth/oidc/corp/start?returnTo=%2Fmemory");
  await page.getByRole("button", { name: "Make an account" }).click();
  await expect(page.getByRole("heading", { name: "Make an account" })).toBeVisible();
  await expect(page).toHaveURL(/\/register$/);
});

test("nobody registers where that is not open", async ({ page }) => {
  await page.goto("/register");
  await expect(page.getByRole("heading", { name: "You need to be let in" })).toBeVisible();
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByLabel("Email", { exact: true })).toBeVisible();
});
