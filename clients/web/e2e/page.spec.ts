import { answered, answers, begin, expect, field, say, test } from "./scene";

test("the page is light or dark as the system says, and as chosen from then on", async ({ page }) => {
  const dark = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto("/");
  const light = await dark();
  await page.emulateMedia({ colorScheme: "dark" });
  const night = await dark();
  expect(night).not.toBe(light);
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Light" }).click();
  expect(await dark()).toBe(light);
  await page.reload();
  await expect(field(page)).toBeVisible();
  expect(await dark()).toBe(light);
});

test("at 360 pixels the sidebar is a drawer and nothing runs over the edge", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await begin(page, "Show markdown");
  await answered(page);
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await wide()).toBe(360);
  const sidebar = page.getByRole("navigation", { name: "Mosaic" });
  await expect(sidebar).toBeHidden();
  await page.getByRole("button", { name: "Open the sidebar" }).click();
  await expect(sidebar).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(sidebar).toBeHidden();
  await page.getByRole("button", { name: "Open the sidebar" }).click();
  await sidebar.getByRole("link", { name: "Memory" }).click();
  await expect(page.getByRole("heading", { name: "Memory" })).toBeVisible();
  await expect(sidebar).toBeHidden();
  expect(await wide()).toBe(360);
});

test("everything is done with the keyboard alone", async ({ page }) => {
  await page.goto("/");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await expect(page.locator(".bubble")).toHaveText("first line\nsecond line");
  await answered(page);
  await expect(field(page)).toBeFocused();

  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await page.keyboard.type("mem");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/memory$/);

  await page.reload();
  await expect(page.getByRole("heading", { name: "Memory" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByText("Skip to the content")).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("searchbox")).toBeFocused();
  const ring = await page.getByText("Skip to the content").evaluate((element) => {
    element.focus();
    return getComputedStyle(element).outlineStyle;
  });
  expect(ring).toBe("solid");

  await page.getByRole("button", { name: "Theme" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("menuitemradio", { name: "As the system" })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("menuitemradio", { name: "Light" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Theme" })).toBeFocused();
});

test("Markdown that attacks is only text", async ({ page }) => {
  await begin(page, "Attack");
  await expect(answers(page)).toContainText("The end.");
  await answered(page);
  await expect(answers(page)).toContainText("<script>window.injected = 1</script>");
  expect(await answers(page).locator("script, img, iframe").count()).toBe(0);
  for (const link of await answers(page).locator("a").all()) {
    expect((await link.getAttribute("href")) ?? "").not.toMatch(/^(javascript|data):/i);
  }
  await answers(page).getByText("press me").click();
  await say(page, "<img src=x onerror='window.injected = 7'>");
  await expect(page.locator(".bubble").last()).toHaveText("<img src=x onerror='window.injected = 7'>");
  await answered(page);
  await page.reload();
  await expect(answers(page).last()).toBeVisible();
  expect(await page.evaluate(() => "injected" in window)).toBe(false);
});

test("code is shown as it is and copied", async ({ context, page }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await begin(page, "Show markdown");
  await answered(page);
  await page.getByRole("button", { name: "Copy code" }).click();
  await expect(page.getByRole("button", { name: "Copied" }).first()).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('println!("{lines} lines");');
});

test("what was said is remembered, found, and forgotten", async ({ page }) => {
  const word = `quokka${Date.now()}`;
  await begin(page, `My password animal is the ${word}`);
  await answered(page);
  await page.getByRole("link", { name: "Memory" }).click();
  const search = page.getByRole("searchbox");
  const mine = page.locator(".memory", { hasText: "My password animal" }).filter({ hasText: word });
  await expect(async () => {
    await search.fill("");
    await search.fill(word);
    await expect(mine.first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
  await mine.last().getByRole("button", { name: "Forget" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Forgotten" })).toBeVisible();
});

test("the page and what it may do are nailed down, and unknown places stay problems", async ({ request }) => {
  const page = await request.get("/c/0197c6d4-0000-7000-8000-000000000000");
  expect(page.headers()["content-type"]).toContain("text/html");
  expect(page.headers()["cache-control"]).toBe("no-cache");
  const policy = page.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? "";
  const asset = await request.get(script, { headers: { "accept-encoding": "gzip" } });
  expect(asset.headers()["cache-control"]).toContain("immutable");
  expect(asset.headers()["content-encoding"]).toBe("gzip");
  expect(asset.headers()["content-type"]).toContain("javascript");
  const etag = page.headers()["etag"] ?? "";
  const same = await request.get("/", { headers: { "if-none-match": etag } });
  expect(same.status()).toBe(304);
  for (const nowhere of ["/api/nowhere", "/assets/none.js", "/elsewhere", "/assets/../index.html", "/assets/%2e%2e/index.html"]) {
    const missing = await request.get(nowhere);
    expect(missing.status(), nowhere).toBe(404);
    expect(missing.headers()["content-type"], nowhere).toBe("application/problem+json");
  }
});
