// A browser on the web page, for tests that are not written in its language. Signs in, and then does what it is told on
// standard input, a JSON text a line, and answers each with one on standard output:
//   {"open": path}  {"wait": text}  {"say": text}  {"shown": text}
// `shown` tells every state of the messages in which this text was on the page: what a person saw while it grew.
// Variables: MODULES (the folder with playwright), CHROMIUM, URL, TOKEN.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { MODULES, CHROMIUM, URL: page_url, TOKEN } = process.env;
const { chromium } = createRequire(`${MODULES}/`)("@playwright/test");
const PATIENCE = 30_000;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
await page.addInitScript(() => {
  globalThis.states = [];
  const look = () => {
    const text = document.querySelector("[aria-label=Messages]")?.innerText ?? "";
    if (text !== globalThis.states.at(-1)) globalThis.states.push(text);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
});
await page.goto(page_url);
// Folded as long as there are other ways.
await page.getByText("Use an API token").click();
const token = page.getByLabel("API token", { exact: true });
await token.fill(TOKEN);
await token.press("Enter");
await page.getByRole("navigation", { name: "Mosaic" }).waitFor();

const does = {
  open: async (path) => void (await page.goto(page_url + path)),
  wait: async (text) => void (await page.getByLabel("Messages").getByText(text).first().waitFor()),
  say: async (text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
  },
  shown: (text) => page.evaluate((text) => globalThis.states.filter((state) => state.includes(text)), text),
};

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const [[what, value]] = Object.entries(JSON.parse(line));
  try {
    console.log(JSON.stringify({ done: (await does[what](value)) ?? null }));
  } catch (error) {
    const text = await page.innerText("body").catch(() => "");
    console.log(JSON.stringify({ failed: `${error}`, page: text }));
  }
}
await browser.close();
