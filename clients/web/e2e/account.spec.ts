import { expect, field, newcomer, signInWith, test } from "./scene";

test.use({ signedIn: false });

test("a token is made for a purpose, shown once, used, and revoked after a question", async ({ page, request }) => {
  const ada = await newcomer("Ada");
  await page.goto("/settings/tokens");
  await signInWith(page, ada);
  await expect(page.getByText("No tokens")).toBeVisible();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", { name: "Make it" })).toBeDisabled();
  await dialog.getByLabel("What it is for").fill("backup script");
  await expect(dialog.getByRole("checkbox", { name: /^read/ })).toBeDisabled();
  await dialog.getByRole("checkbox", { name: /^converse/ }).uncheck();
  await dialog.getByRole("checkbox", { name: /^read/ }).check();
  await dialog.getByLabel("Ends").selectOption("In 7 days");
  await dialog.getByRole("button", { name: "Make it" }).click();
  const token = (await page.getByRole("group", { name: "API token" }).locator("code").textContent()) ?? "";
  expect(token).toMatch(/^mos_/);
  await dialog.getByRole("button", { name: "Done" }).click();

  const row = page.getByRole("list", { name: "API tokens" }).locator(".row");
  await expect(row).toContainText("backup script");
  await expect(row).toContainText("may read");
  await expect(row).toContainText("never used");
  await expect(page.locator("body")).not.toContainText(token);
  const headers = { authorization: `Bearer ${token}` };
  expect((await request.get("/api/conversations", { headers })).status()).toBe(200);
  expect((await request.post("/api/conversations", { headers, data: {} })).status()).toBe(403);

  await row.getByRole("button", { name: "Revoke backup script" }).click();
  await page.keyboard.press("Escape");
  await expect(row).toHaveCount(1);
  await row.getByRole("button", { name: "Revoke backup script" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No tokens")).toBeVisible();
  await expect.poll(async () => (await request.get("/api/conversations", { headers })).status()).toBe(401);
});

test("a session that was begun with a narrow token shows nothing that it may not do", async ({ page, request }) => {
  const ada = await newcomer("Ada");
  await page.goto("/settings/tokens");
  await signInWith(page, ada);
  await expect(page.getByText("No tokens")).toBeVisible();
  const made = await page.evaluate(async () => {
    const body = JSON.stringify({ name: "narrow", scopes: ["converse"] });
    const answer = await fetch("/api/tokens", { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await answer.json()) as { token: string };
  });
  await page.context().clearCookies();
  await page.goto("/settings/tokens");
  await page.getByText("Use an API token").click();
  await page.getByLabel("API token", { exact: true }).fill(made.token);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "This session may not change your account" })).toBeVisible();
  const headers = { authorization: `Bearer ${made.token}`, "content-type": "application/json" };
  expect((await request.post("/api/tokens", { headers, data: { name: "more" } })).status()).toBe(403);
});

test("a name and a password are changed, and a wrong one is said beside its field", async ({ page }) => {
  const ada = await newcomer("Ada");
  await page.goto("/settings");
  await signInWith(page, ada);
  await page.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("button", { name: "Account", exact: true })).toContainText("Ada Lovelace");

  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Security" }).click();
  const fresh = "ten quiet lanterns glow";
  await page.getByLabel("Current password", { exact: true }).fill("wrong");
  await page.getByLabel("New password", { exact: true }).fill(fresh);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByLabel("Current password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("Current password", { exact: true }).fill(ada.password);
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByRole("status").filter({ hasText: "The password is set" })).toBeVisible();

  await page.getByRole("button", { name: "Account", exact: true }).click();
  await page.getByRole("menuitem", { name: /^Sign out everywhere/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out everywhere" }).click();
  await signInWith(page, ada);
  await expect(page.getByRole("alert")).toBeVisible();
  await signInWith(page, { email: ada.email, password: fresh });
  await expect(page.getByRole("button", { name: "Account", exact: true })).toContainText("Ada Lovelace");
});

test("somebody deletes their own account by typing their address", async ({ page }) => {
  const ada = await newcomer("Ada");
  await page.goto("/settings");
  await signInWith(page, ada);
  await page.getByRole("button", { name: "Delete my account" }).click();
  const dialog = page.getByRole("dialog");
  const act = dialog.getByRole("button", { name: "Delete my account" });
  await dialog.getByRole("textbox").fill("Ada");
  await expect(act).toBeDisabled();
  await dialog.getByRole("textbox").fill(ada.email);
  await act.click();
  await expect(page.getByRole("heading", { name: "Sign in to Mosaic" })).toBeVisible();
  await signInWith(page, ada);
  await expect(page.getByRole("alert")).toBeVisible();
});

test("a program is let in by its code, after seeing who asks from where", async ({ page, request, wire }) => {
  const ada = await newcomer("Ada");
  const asked = await request.post("/api/login-requests", { data: { name: "mosaic on a laptop" }, headers: { origin: wire.url } });
  const { id, code, secret } = (await asked.json()) as { id: string; code: string; secret: string };
  // A link does not bring the code along: whoever is lured by one has to type it.
  await page.goto(`/approve#${code}`);
  await signInWith(page, ada);
  await expect(page.getByRole("heading", { name: "Let a program in" })).toBeVisible();
  await expect(page.getByLabel("Code", { exact: true })).toHaveValue("");
  await page.getByLabel("Code", { exact: true }).fill("ZZZZZ-ZZZZZ");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(code.toLowerCase().replace("-", " "));
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.locator(".facts")).toContainText("mosaic on a laptop");
  await expect(page.locator(".facts")).toContainText("127.0.0.1");
  await page.getByRole("button", { name: "Let it in" }).click();
  await expect(page.getByRole("heading", { name: "The program is let in" })).toBeVisible();
  const token = await request.post(`/api/login-requests/${id}/token`, { data: { secret }, headers: { origin: wire.url } });
  expect(token.status()).toBe(200);
  expect(((await token.json()) as { me: { userId: string } }).me.userId).toBe(ada.id);
  await page.getByRole("button", { name: "Show my tokens" }).click();
  await expect(page.getByRole("list", { name: "API tokens" })).toContainText("mosaic on a laptop");
});

test("everything about oneself fits on 360 pixels", async ({ page }) => {
  const ada = await newcomer("Ada");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/settings");
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await wide()).toBe(360);
  await signInWith(page, ada);
  for (const tab of ["Profile", "Security", "API tokens"]) {
    await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: tab }).click();
    await expect(page.locator(".skeleton")).toHaveCount(0);
    expect(await wide()).toBe(360);
  }
  await page.goto("/approve");
  await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
  expect(await wide()).toBe(360);
  await page.goto("/");
  await expect(field(page)).toBeVisible();
});
