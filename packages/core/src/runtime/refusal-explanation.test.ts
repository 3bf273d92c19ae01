import { describe, expect, it } from "vitest";
import { aheadOf } from "./peer-clock.ts";
import { explainRefusal, type RefusalFacts } from "./refusal-explanation.ts";

/** Explains CONNACK 5 of a hub that the client connected to directly. */
function explain(facts: Partial<RefusalFacts>): ReturnType<typeof explainRefusal> {
  const unknown = { tokenExpiry: undefined, aheadMs: undefined, hub: "hub.example" };
  return explainRefusal({ code: 5, now, host: "hub.example", ...unknown, ...facts });
}

const now = Date.UTC(2026, 0, 1, 12);
const inSeconds = (time: number): number => time / 1000;
const inAnHour = inSeconds(now + 3_600_000);

describe("the explanation of a refusal", () => {
  it.each([
    [2, "it doesn't accept the client id", "Check DeviceId and ModuleId"],
    [4, "it can't read the user name or the token", "Check that HostName is that of an IoT hub"],
  ])("with CONNACK %d has its own words and advice", (code, summary, advice) => {
    const explanation = explain({ code, tokenExpiry: inAnHour });
    expect(explanation).toEqual({ summary, remediation: expect.stringContaining(advice) });
  });

  it.each([
    [
      "a token that has ended by both clocks",
      inSeconds(now - 1000),
      0,
      "ended at 2026-01-01T11:59:59.000Z",
      "Supply a token",
    ],
    ["a token that has ended", inSeconds(now - 1000), undefined, "ended at", "Supply a token"],
    [
      "a token that has ended by the hub's clock",
      inAnHour,
      7_000_000,
      "is 117 min behind",
      "Correct this machine's clock",
    ],
    ["a clock that is ahead", inAnHour, -10_800_000, "is 3 h ahead of", "Check that the device exists"],
    ["a clock that is right", inAnHour, -59_000, "agrees with", "Check that the device exists"],
  ])("names %s", (_, expiry, aheadMs, summary, advice) => {
    const explanation = explain({ tokenExpiry: expiry, aheadMs });
    expect(explanation.summary).toContain(summary);
    expect(explanation.remediation).toContain(advice);
  });

  it("names the hub that the client asked a gateway for", () => {
    expect(explain({ tokenExpiry: inAnHour, aheadMs: 0, hub: "other.example" })).toEqual({
      summary: expect.stringContaining(
        "not authorized: the client asked for the hub 'other.example', and its token",
      ),
      remediation: expect.stringContaining(
        "in 'other.example', that this is the hub behind the gateway, and is enabled",
      ),
    });
    expect(explain({ hub: undefined })).toEqual({ summary: "not authorized" });
  });

  it("without a token or a clock has nothing to add", () => {
    expect(explain({})).toEqual({ summary: "not authorized" });
    expect(explain({ aheadMs: 0 })).toEqual({
      summary: "not authorized: this machine's clock agrees with the hub's",
    });
  });
});

describe("the clock of a server", () => {
  it("is compared with the middle of a request", () => {
    expect(aheadOf("Thu, 01 Jan 2026 12:00:00 GMT", now - 1000, now + 1000)).toBe(500);
    expect(aheadOf("Thu, 01 Jan 2026 15:00:00 GMT", now, now)).toBe(10_800_500);
  });

  it("is unknown without a date", () => {
    expect(aheadOf(undefined, now, now)).toBeUndefined();
    expect(aheadOf("soon", now, now)).toBeUndefined();
  });
});
