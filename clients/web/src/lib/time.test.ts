import { expect, it } from "vitest";

import { ago, count, duration, period, span } from "./time";

it("says how long ago something was", () => {
  const now = Date.parse("2026-01-31T12:00:00Z");
  expect(ago("2026-01-31T11:59:40Z", now)).toBe("now");
  expect(ago("2026-01-31T11:55:00Z", now)).toBe("5m ago");
  expect(ago("2026-01-30T11:00:00Z", now)).toBe("yesterday");
});

it("groups by days of the calendar", () => {
  const now = new Date(2026, 0, 31, 1);
  const at = (day: number, hour: number) => new Date(2026, 0, day, hour).toISOString();
  expect(period(at(31, 0), now)).toBe("Today");
  expect(period(at(30, 23), now)).toBe("Yesterday");
  expect(period(at(25, 12), now)).toBe("Last 7 days");
  expect(period(at(5, 12), now)).toBe("Last 30 days");
  expect(period("2025-06-01T00:00:00Z", now)).toBe("Older");
});

it("shortens durations and counts", () => {
  expect([duration(85), duration(3_210), duration(125_000)]).toEqual(["85 ms", "3.2 s", "2 min 5 s"]);
  expect([count(940), count(12_345), count(250_000)]).toEqual(["940", "12.3k", "250k"]);
});

it("says how long something goes on", () => {
  const minute = 60_000;
  expect([span(-5), span(4_900), span(12.5 * minute), span(185 * minute), span(120 * minute), span(50 * 60 * minute)]).toEqual([
    "0 s",
    "4 s",
    "12 min",
    "3 h 5 min",
    "2 h",
    "2 d",
  ]);
});
