import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimiter } from "./rate-limit.ts";

describe("a rate limit", () => {
  it("allows at most a full bucket plus what was refilled since, in any pattern of requests", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 100, max: 10_000 }),
        fc.array(fc.nat(2000), { maxLength: 200 }),
        (requests, windowMs, gaps) => {
          const limiter = new RateLimiter({ requests, windowMs });
          let now = 0;
          let passed = 0;
          for (const gap of gaps) {
            now += gap;
            if (limiter.take("ann", now) === 0) passed += 1;
          }
          expect(passed).toBeLessThanOrEqual(requests + (now * requests) / windowMs);
        },
      ),
    );
  });

  it("allows a request after the returned waiting time", () => {
    const limiter = new RateLimiter({ requests: 3, windowMs: 1000 });
    for (let n = 0; n < 3; n++) expect(limiter.take("ann", 0)).toBe(0);
    const wait = limiter.take("ann", 100);
    expect(limiter.take("ann", 100 + Math.ceil(wait) - 2)).toBeGreaterThan(0);
    expect(limiter.take("ann", 100 + Math.ceil(wait))).toBe(0);
  });

  it("refills nothing when the clock is set back", () => {
    const limiter = new RateLimiter({ requests: 1, windowMs: 1000 });
    limiter.take("ann", 1_000_000);
    expect(limiter.take("ann", 0)).toBe(1000);
  });

  it("removes subjects that were idle for a window", () => {
    const limiter = new RateLimiter({ requests: 1, windowMs: 1000 });
    for (let n = 0; n < 1500; n++) limiter.take(`user-${n}`, n);
    limiter.take("ann", 10_000);
    expect(limiter.size).toBe(1);
  });
});
