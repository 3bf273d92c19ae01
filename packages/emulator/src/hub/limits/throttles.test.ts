import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { TestHub, testHub } from "../../testing/hub.ts";

const events = "devices/d1/messages/events/";

describe("the daily quota of a tier", () => {
  it("counts messages in blocks, ends at midnight, and outlives a restart", async () => {
    const store = new MemoryStore();
    const hub = testHub({ store, tier: "F1" });
    const { session } = await hub.device("d1");
    // 8,000 blocks of 512 bytes: 250 messages of 16 KB.
    const sent = async (count: number): Promise<(string | undefined)[]> => {
      const problems: (string | undefined)[] = [];
      for (let number = 0; number < count; number++) {
        problems.push(hub.from(session, events, new Uint8Array(16_000)));
        await hub.clock.advance(10);
      }
      return problems;
    };
    expect(await sent(250)).toEqual(Array(250).fill(undefined));
    expect(await sent(1)).toEqual(["the daily quota of 8000 messages is used up"]);
    const copy = new MemoryStore(JSON.parse(JSON.stringify(store.snapshot())));
    const again = new TestHub(hub.clock, { store: copy, tier: "F1" });
    expect(again.from((await again.device("d1")).session, events, "x")).toMatch("quota");
    await hub.clock.advance(86_400_000);
    expect(await sent(2)).toEqual([undefined, undefined]);
    expect([...store.table("quota").entries()]).toHaveLength(1);
  });
});

describe("the throttles of a tier", () => {
  it("refuse messages beyond the rate, after a burst", async () => {
    const hub = testHub({ tier: "S1" });
    const { session } = await hub.device("d1");
    const problems = Array.from({ length: 201 }, () => hub.from(session, events, "x"));
    expect(problems.slice(0, 200)).toEqual(Array(200).fill(undefined));
    expect(problems.at(-1)).toBe("the rate of messages of devices is exceeded");
    await hub.clock.advance(10);
    expect(hub.from(session, events, "x")).toBeUndefined();
    expect(hub.from(session, events, "x")).toBeDefined();
  });

  it("refuse connections with return code 3", async () => {
    const hub = testHub({ tier: "S2" });
    const codes: unknown[] = [];
    for (let count = 0; count < 241; count++) {
      const { outcome } = await hub.attempt("d1");
      if ("reason" in outcome) codes.push([outcome.reason, outcome.returnCode]);
    }
    expect(codes).toEqual([["throttled", 3]]);
  });

  it("answer twin requests with status 429", async () => {
    const hub = testHub({ tier: "F1" });
    const { session, connection } = await hub.device("d1");
    hub.listen(session, "$iothub/twin/res/#");
    const statuses = (topic: string, body: string, count: number): string[] => {
      for (let number = 0; number < count; number++) hub.from(session, topic, body);
      return connection.take().map(({ topic: answer }) => answer);
    };
    expect(statuses("$iothub/twin/GET/?$rid=1", "", 201).at(-1)).toBe(
      "$iothub/twin/res/429/?$rid=1&retry-after=1",
    );
    const patches = statuses("$iothub/twin/PATCH/properties/reported/?$rid=2", "{}", 101);
    expect(patches.filter((topic) => topic.includes("/429/"))).toHaveLength(1);
  });

  it("refuse direct methods by their size", async () => {
    const hub = testHub({ tier: "S1" });
    const call = (): Promise<unknown> =>
      hub.methods
        .invoke({ deviceId: "d1" }, { methodName: "m", payload: "x".repeat(100_000) })
        .catch((error: Error) => error.name);
    expect([await call(), await call(), await call(), await call()]).toEqual([
      ...["DeviceNotOnline", "DeviceNotOnline", "DeviceNotOnline"],
      "ThrottlingException",
    ]);
  });

  it("are reported with their use, and with what they refused", async () => {
    const hub = testHub({ tier: "F1" });
    const { session } = await hub.device("d1");
    for (let number = 0; number < 202; number++) hub.from(session, events, "x".repeat(600));
    const { throttles } = hub;
    const { limits, ...quota } = throttles.quota;
    expect(limits).toMatchObject({ messagesPerDay: 8000, bytesPerMessage: 512, send: 100 });
    const midnight = new Date((Math.floor(hub.clock.now() / 86_400_000) + 1) * 86_400_000).toISOString();
    expect(quota).toEqual({ tier: "F1", usedToday: 400, resetsAt: midnight, refused: { send: 2 } });
    await hub.clock.advance(86_400_000);
    expect(throttles.quota).toMatchObject({ usedToday: 0, refused: { send: 2 } });
  });

  it("are off by default", async () => {
    const hub = testHub();
    expect(hub.throttles.quota).toEqual({ usedToday: 0, resetsAt: expect.any(String), refused: {} });
    const { session } = await hub.device("d1");
    for (let count = 0; count < 10_000; count++) expect(hub.from(session, events, "x")).toBeUndefined();
  });
});
