import { expect, it } from "vitest";

import { signInProblem } from "./sign-in-problems";

it("says what a known code means", () => {
  expect(signInProblem("expired").title).toBe("That took too long");
});

it("repeats of an unknown code only what cannot be mistaken for a sentence", () => {
  const { detail } = signInProblem("call 555-1234` now!");
  expect(detail).toBe("The sign-in ended with the code `call555-1234now`.");
});

it("takes no code from what every object has", () => {
  expect(signInProblem("constructor").title).toBe("You could not be signed in");
});
