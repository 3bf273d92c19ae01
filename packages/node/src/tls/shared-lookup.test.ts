import dns, { lookup } from "node:dns";
import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createSharedLookup, sharedLookup } from "./shared-lookup.ts";

const addresses = [
  { address: "::1", family: 6 },
  { address: "127.0.0.1", family: 4 },
];

function setUp(): {
  clock: VirtualClock;
  questions: { host: string; family: unknown; answer: (error?: NodeJS.ErrnoException) => void }[];
  ask: (host: string, options?: { all?: boolean; family?: number }) => Promise<unknown[]>;
} {
  const clock = new VirtualClock();
  const questions: ReturnType<typeof setUp>["questions"] = [];
  const shared = createSharedLookup((host, { family }, callback) => {
    const answer = (error?: NodeJS.ErrnoException): void => callback(error ?? null, error ? [] : addresses);
    questions.push({ host, family, answer });
  }, clock);
  const ask: ReturnType<typeof setUp>["ask"] = (host, options = { all: true }) =>
    new Promise((resolve) => shared(host, options, (...values) => resolve(values)));
  return { clock, questions, ask };
}

describe("The shared lookup", () => {
  it("asks once for the connections of a second", async () => {
    const { clock, questions, ask } = setUp();
    const together = Promise.all([ask("hub"), ask("hub")]);
    questions[0]?.answer();
    expect(await together).toEqual([
      [null, addresses],
      [null, addresses],
    ]);
    await clock.advance(999);
    expect(await ask("hub")).toEqual([null, addresses]);
    expect(questions).toHaveLength(1);
    await clock.advance(1);
    void ask("hub");
    expect(questions).toHaveLength(2);
  });

  it("asks for each host and family", () => {
    const { questions, ask } = setUp();
    void ask("hub");
    void ask("other");
    void ask("hub", { all: true, family: 4 });
    expect(questions).toMatchObject([{ host: "hub" }, { host: "other" }, { host: "hub", family: 4 }]);
  });

  it("returns the first address to who wants one", async () => {
    const { questions, ask } = setUp();
    const answer = ask("hub", {});
    questions[0]?.answer();
    expect(await answer).toEqual([null, "::1", 6]);
  });

  it("shares a failure only with those who already wait for it", async () => {
    const { questions, ask } = setUp();
    const error = Object.assign(new Error("getaddrinfo ENOTFOUND hub"), { code: "ENOTFOUND" });
    const together = Promise.all([ask("hub"), ask("hub")]);
    questions[0]?.answer(error);
    expect(await together).toEqual([
      [error, ""],
      [error, ""],
    ]);
    void ask("hub");
    expect(questions).toHaveLength(2);
  });

  it("asks what the application has put in the place of dns.lookup", async () => {
    const original = dns.lookup;
    onTestFinished(() => {
      dns.lookup = original;
    });
    const replaced = (_host: string, _options: unknown, callback: (...values: unknown[]) => void): void =>
      callback(null, [{ address: "127.0.0.9", family: 4 }]);
    Object.assign(dns, { lookup: replaced });
    const values = await new Promise((resolve) =>
      sharedLookup("hub.example", {}, (...answer) => resolve(answer)),
    );
    expect(values).toEqual([null, "127.0.0.9", 4]);
  });

  it("finds the same addresses as Node", async () => {
    const clock = new VirtualClock();
    const shared = createSharedLookup(lookup, clock);
    const all = (find: typeof shared | typeof lookup): Promise<unknown> =>
      new Promise((resolve) => find("localhost", { all: true }, (...values) => resolve(values)));
    expect(await all(shared)).toEqual(await all(lookup));
  });
});
