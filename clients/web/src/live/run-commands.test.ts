import { beforeAll, expect, it, vi } from "vitest";

let commands: typeof import("./run-commands");

beforeAll(async () => {
  // The client of the API asks where the page is.
  vi.stubGlobal("window", { location: { origin: "http://localhost" } });
  commands = await import("./run-commands");
});

it("says by whom and why a run is paused", () => {
  const { pausedBecause, signed } = commands;
  expect(pausedBecause("paused by Owner")).toBe("Paused by Owner");
  expect(pausedBecause(signed("paused", "Owner", "a release"))).toBe("Paused by Owner: a release");
  expect(pausedBecause("lunch")).toBe("Paused: lunch");
  expect([pausedBecause(undefined), pausedBecause(null), pausedBecause("")]).toEqual(["Paused", "Paused", "Paused"]);
});

it("signs a command without a reason, too", () => {
  expect(commands.signed("stopped", "Owner", "")).toBe("stopped by Owner");
});
