import { expect, it } from "vitest";

import { implied, manages, rolesUpTo, type TokenScope } from "./roles";

it("gives nobody a role above one's own", () => {
  expect(rolesUpTo("admin")).toEqual(["guest", "member", "admin"]);
  expect(rolesUpTo("owner")).toContain("owner");
  expect(rolesUpTo("something else")).toEqual([]);
});

it("lets admins manage everybody who is not above them", () => {
  expect(manages("admin", "admin")).toBe(true);
  expect(manages("admin", "owner")).toBe(false);
  expect(manages("member", "guest")).toBe(false);
});

it("knows which scopes include others", () => {
  const chosen = (...scopes: TokenScope[]) => new Set(scopes);
  expect(implied(chosen("admin"), "operate")).toBe(true);
  expect(implied(chosen("admin"), "admin")).toBe(false);
  expect(implied(chosen("converse"), "read")).toBe(true);
  expect(implied(chosen("read"), "converse")).toBe(false);
});
