import { defineConfig } from "@playwright/test";

/** The system's Chromium: no browser is ever downloaded. */
const CHROMIUM = process.env["MOSAIC_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/stage.ts",
  fullyParallel: true,
  // A flaky test is a failing test.
  retries: 0,
  workers: 2,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"]],
  projects: [
    { name: "scenes", testIgnore: "alone.spec.ts" },
    { name: "alone", testMatch: "alone.spec.ts", dependencies: ["scenes"] },
  ],
  use: {
    colorScheme: "light",
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: CHROMIUM,
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
