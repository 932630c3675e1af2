/** Where nobody has been yet: on an installation of its own, because this happens once. */

import { answered, answers, expect, field, say, signInWith, test } from "./scene";
import { start, type Stage } from "./stage";
import { Wire } from "./wire";

test.describe.configure({ mode: "serial" });
test.use({ signedIn: false });

const it = test.extend<object, { installation: Stage }>({
  installation: [
    // oxlint-disable-next-line no-empty-pattern
    async ({}, give) => {
      const stage = await start("--unset");
      await give(stage);
      await stage.end();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  wire: async ({ installation }, give) => {
    const wire = await Wire.to(installation.url);
    await give(wire);
    await wire.close();
  },
});

const PASSWORD = "nine blue teapots hum";

it("the first person sets Mosaic up, gets a token once, and talks to an agent", async ({ page, request }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Set Mosaic up" })).toBeVisible();
  await expect(page.getByLabel("Your name")).toBeFocused();
  await page.getByLabel("Your name").fill("Grace");
  await page.getByLabel("Email", { exact: true }).fill("grace@example.com");
  await page.getByLabel("Password", { exact: true }).fill("short");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await expect(page.getByRole("alert")).toHaveCount(1);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel(/^Workspace/).fill("Laboratory");
  await page.getByRole("button", { name: "Set up" }).click();

  const secret = page.getByRole("group", { name: "Your API token" });
  await expect(secret).toContainText("mos_");
  const token = (await secret.locator("code").textContent()) ?? "";
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(field(page)).toBeFocused();
  await expect(page.locator("body")).not.toContainText("mos_");
  await say(page, "Hello");
  await answered(page);
  await expect(answers(page)).toHaveText("You said: Hello");

  const me = await request.get("/api/me", { headers: { authorization: `Bearer ${token}` } });
  expect(await me.json()).toMatchObject({ name: "Grace", workspace: "Laboratory", role: "owner", home: true });
});

it("nobody sets it up again, and the password opens it", async ({ page, request, wire }) => {
  await page.goto("/setup");
  await signInWith(page, { email: "grace@example.com", password: PASSWORD });
  await expect(field(page)).toBeVisible();
  const again = { name: "Mallory", email: "mallory@example.com", password: PASSWORD };
  const refused = await request.post("/api/bootstrap/setup", { data: again, headers: { origin: wire.url } });
  expect(refused.ok()).toBe(false);
});

it("where that is open, somebody else makes an account and is a member", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Make an account" }).click();
  await page.getByLabel("Your name").fill("Edith");
  await page.getByLabel("Email", { exact: true }).fill("edith@example.com");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Make the account" }).click();
  await expect(field(page)).toBeVisible();
  await expect(page.getByRole("link", { name: "Operations" })).toHaveCount(0);
  await page.goto("/settings");
  await expect(page.locator(".facts")).toContainText("you are a member there");
});
