import { expect, field, test, token } from "./scene";

test.use({ signedIn: false });

test("a wrong token is refused with what to do, the right one opens the page, and signing out closes it", async ({ page, context }) => {
  await page.goto("/");
  const input = page.getByLabel("API token");
  await expect(input).toBeFocused();
  await input.fill("mos_wrong");
  await input.press("Enter");
  await expect(page.getByRole("alert")).toContainText("no Mosaic token");
  await expect(page.getByRole("alert")).toContainText("mosaic-migrate token");
  await expect(input).toHaveValue("mos_wrong");

  await input.fill(token());
  await page.getByRole("button", { name: "Sign in" }).click();
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
  await expect(page.getByLabel("API token")).toBeVisible();
});

test("a session that ends elsewhere leads back to the way in", async ({ page, context, request, wire }) => {
  await page.goto("/");
  await page.getByLabel("API token").fill(token());
  await page.getByLabel("API token").press("Enter");
  await expect(field(page)).toBeVisible();
  const [cookie] = await context.cookies();
  const headers = { cookie: `mosaic_session=${cookie?.value}`, origin: wire.url };
  expect((await request.delete("/api/session", { headers })).status()).toBe(204);
  await expect(page.getByText("Your session has ended")).toBeVisible();
});
