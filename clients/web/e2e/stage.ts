/** Starts the installation that the tests play on, once for all of them, and ends it when they are done. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { request } from "@playwright/test";

/** Names the program that plays the installation; `cargo xtask test` sets it. */
const STAGE = "MOSAIC_WEB_STAGE";

export interface Stage {
  readonly url: string;
  /** The owner's token. */
  readonly token: string;
  /** The token of somebody who is in the owner's workspace without running it. */
  readonly member: string;
  readonly end: () => Promise<void>;
}

/** Starts an installation: with people, or `--unset` as it is before anybody has been there, open to everybody. */
export async function start(...options: readonly string[]): Promise<Stage> {
  const program = process.env[STAGE];
  if (!program) throw new Error(`${STAGE} is not set; run the tests with \`cargo xtask test\``);
  const script = fileURLToPath(new URL("script.json", import.meta.url));
  const stage = spawn(program, [script, ...options], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(stage, "exit");
  const said = await Promise.race([once(stage.stdout, "data"), ended.then(() => undefined)]);
  if (!said) throw new Error("the installation did not start");
  const where = JSON.parse(String(said[0])) as { url: string; token: string; member: string };
  return {
    ...where,
    end: async () => {
      stage.stdin.end();
      await ended;
    },
  };
}

export default async function setUp(): Promise<() => Promise<void>> {
  const { url, token, member, end } = await start();
  process.env["MOSAIC_URL"] = url;
  process.env["MOSAIC_TOKEN"] = token;
  process.env["MOSAIC_SESSION"] = await signIn(url, token);
  process.env["MOSAIC_MEMBER_SESSION"] = await signIn(url, member);
  return end;
}

/** Signs in once for all tests: how often one address may is limited. */
async function signIn(url: string, token: string): Promise<string> {
  const context = await request.newContext({ baseURL: url });
  await context.post("/api/session", { data: { token }, headers: { origin: url } });
  const { cookies } = await context.storageState();
  await context.dispose();
  const session = cookies.find((cookie) => cookie.name === "mosaic_session");
  if (!session) throw new Error("no session was given");
  return session.value;
}
