import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../util/json.ts";
import { applyPatch } from "./twin-patch.ts";
import {
  initialTwinSyncState,
  reduceTwinSync,
  type TwinSyncEffect,
  type TwinSyncEvent,
  type TwinSyncState,
} from "./twin-sync-state.ts";

/** A twin sync with its state, and everything it delivered. */
class Sync {
  state: TwinSyncState = initialTwinSyncState;
  random = 1;
  readonly delivered: JsonObject[] = [];

  /** @returns the effects of the last event, apart from deliveries */
  send(...events: TwinSyncEvent[]): TwinSyncEffect[] {
    let others: TwinSyncEffect[] = [];
    for (const event of events) {
      const { state, effects } = reduceTwinSync(this.state, event, 0, { random: () => this.random });
      this.state = state;
      this.delivered.push(...effects.flatMap((effect) => (effect.type === "deliver" ? [effect.patch] : [])));
      others = effects.filter(({ type }) => type !== "deliver");
    }
    return others;
  }
}

const subscribed: TwinSyncEvent = { type: "subscribed" };
const disconnected: TwinSyncEvent = { type: "disconnected" };
const readFailed: TwinSyncEvent = { type: "readFailed", retryAfterMs: undefined };
const retry: TwinSyncEvent = { type: "retry" };
const twin = (version: number, desired: JsonObject): TwinSyncEvent => ({
  type: "twin",
  desired: { ...desired, $version: version },
});
const patch = (version: number, change: JsonObject): TwinSyncEvent => ({
  type: "patch",
  patch: { version, patch: { ...change, $version: version } },
});

/** A twin sync that is live at a version. */
function live(version: number, desired: JsonObject): Sync {
  const sync = new Sync();
  sync.send(subscribed, twin(version, desired));
  sync.delivered.length = 0;
  return sync;
}

describe("reduceTwinSync: the first connection", () => {
  it("reads the twin once it is subscribed, and delivers the whole desired section with its version", () => {
    const sync = new Sync();
    expect(sync.send(subscribed)).toEqual([{ type: "read" }]);
    sync.send(twin(5, { a: 1, $metadata: { $lastUpdated: "now" } }));
    expect(sync.delivered).toEqual([{ a: 1, $version: 5 }]);
    expect(sync.state.phase).toBe("live");
  });

  it("delivers an empty section too, so that the application knows it is up to date", () => {
    const sync = new Sync();
    sync.send(subscribed, twin(1, {}));
    expect(sync.delivered).toEqual([{ $version: 1 }]);
  });
});

describe("reduceTwinSync: while connected", () => {
  it("delivers patches as they arrive, with null values and their version", () => {
    const sync = live(5, { a: 1, b: { c: 1 } });
    sync.send(patch(6, { a: null }), patch(7, { b: { d: 2 } }));
    expect(sync.delivered).toEqual([
      { a: null, $version: 6 },
      { b: { d: 2 }, $version: 7 },
    ]);
  });

  it("drops a patch that it has already delivered", () => {
    const sync = live(5, { a: 1 });
    expect(sync.send(patch(5, { a: 2 }), patch(3, { a: 3 }))).toEqual([]);
    expect(sync.delivered).toEqual([]);
    expect(sync.state.version).toBe(5);
  });

  it("reads the twin again when a version is missing, and delivers the difference", () => {
    const sync = live(5, { a: 1, b: 1 });
    expect(sync.send(patch(7, { b: null }))).toEqual([{ type: "read" }]);
    expect(sync.delivered).toEqual([]);
    sync.send(twin(7, { a: 2 }));
    expect(sync.delivered).toEqual([{ a: 2, b: null, $version: 7 }]);
  });

  it("applies patches after a gap that arrived while the twin was read", () => {
    const sync = live(5, { a: 1 });
    sync.send(patch(7, { c: 1 }), patch(8, { d: 1 }), patch(9, { e: 1 }));
    sync.send(twin(7, { a: 1, b: 1, c: 1 }));
    expect(sync.delivered).toEqual([
      { b: 1, c: 1, $version: 7 },
      { d: 1, $version: 8 },
      { e: 1, $version: 9 },
    ]);
  });

  it("ignores the response to a read that is no longer needed", () => {
    const sync = live(5, { a: 1 });
    const before = sync.state;
    sync.send(twin(9, { a: 9 }), readFailed, retry);
    expect(sync.state).toBe(before);
    expect(sync.delivered).toEqual([]);
  });
});

describe("reduceTwinSync: patches that arrive before the twin", () => {
  it("wait for it; those that it contains are dropped, the others follow in the order of their versions", () => {
    const sync = new Sync();
    sync.send(subscribed, patch(8, { c: 1 }), patch(6, { a: 6 }), patch(7, { b: 1 }));
    expect(sync.delivered).toEqual([]);
    sync.send(twin(6, { a: 6 }));
    expect(sync.delivered).toEqual([
      { a: 6, $version: 6 },
      { b: 1, $version: 7 },
      { c: 1, $version: 8 },
    ]);
    expect(sync.state).toMatchObject({ phase: "live", version: 8, known: { a: 6, b: 1, c: 1 }, waiting: [] });
  });

  it("cause another read if there is a gap behind the twin, and none is lost", () => {
    const sync = new Sync();
    sync.send(subscribed, patch(9, { d: 1 }));
    expect(sync.send(twin(7, { a: 1 }))).toEqual([{ type: "read" }]);
    sync.send(twin(9, { a: 1, c: 1, d: 1 }));
    expect(sync.delivered).toEqual([
      { a: 1, $version: 7 },
      { c: 1, d: 1, $version: 9 },
    ]);
  });

  it("of an earlier connection are forgotten", () => {
    const sync = new Sync();
    sync.send(subscribed, patch(6, { a: 6 }), disconnected, subscribed, twin(5, { a: 5 }));
    expect(sync.delivered).toEqual([{ a: 5, $version: 5 }]);
  });
});

describe("reduceTwinSync: after a reconnection", () => {
  it("delivers the difference to the last delivery as one patch, with null for deleted properties", () => {
    const sync = live(5, { keep: 1, change: 1, go: { deep: 1 }, inner: { keep: 1, go: 1 }, list: [1, 2] });
    sync.send(disconnected);
    expect(sync.send(subscribed)).toEqual([{ type: "read" }]);
    sync.send(twin(9, { keep: 1, change: 2, inner: { keep: 1, come: 1 }, list: [2] }));
    expect(sync.delivered).toEqual([
      { change: 2, inner: { come: 1, go: null }, list: [2], go: null, $version: 9 },
    ]);
  });

  it("delivers nothing if nothing but the version has changed", () => {
    const sync = live(5, { a: 1 });
    sync.send(disconnected, subscribed, twin(5, { a: 1 }));
    sync.send(disconnected, subscribed, twin(7, { a: 1 }));
    expect(sync.delivered).toEqual([]);
    expect(sync.state.version).toBe(7);
    sync.send(patch(8, { a: 8 }));
    expect(sync.delivered).toEqual([{ a: 8, $version: 8 }]);
  });

  it("follows a twin that was created anew, with versions from 1", () => {
    const sync = live(50, { a: 1 });
    sync.send(disconnected, subscribed, twin(1, { b: 1 }), patch(2, { b: 2 }));
    expect(sync.delivered).toEqual([
      { b: 1, a: null, $version: 1 },
      { b: 2, $version: 2 },
    ]);
  });

  it("ignores a read from before the connection was lost", () => {
    const sync = new Sync();
    sync.send(subscribed, disconnected);
    sync.send(twin(5, { a: 1 }), readFailed);
    expect(sync.state).toMatchObject({ phase: "off", known: undefined });
    expect(sync.send(subscribed)).toEqual([{ type: "read" }]);
  });
});

describe("reduceTwinSync: reads that fail", () => {
  it("are repeated after at most 1 s, 2 s, 4 s … 60 s", () => {
    const sync = new Sync();
    sync.send(subscribed);
    const waits: unknown[] = [];
    for (let count = 0; count < 9; count++) {
      waits.push(...sync.send(readFailed));
      expect(sync.send(retry)).toEqual([{ type: "read" }]);
    }
    expect(waits).toEqual(
      [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000].map((ms) => ({ type: "wait", ms })),
    );
  });

  it("are repeated after a random delay, so that a fleet doesn't retry in step", () => {
    const waits = [0, 0.5, 1].map((random) => {
      const sync = new Sync();
      sync.random = random;
      return sync.send(subscribed, readFailed);
    });
    expect(waits).toEqual([500, 750, 1000].map((ms) => [{ type: "wait", ms }]));
  });

  it("are repeated no sooner than the hub asks for", () => {
    const sync = new Sync();
    sync.send(subscribed);
    expect(sync.send({ type: "readFailed", retryAfterMs: 7000 })).toEqual([{ type: "wait", ms: 7000 }]);
  });

  it("start from 1 s again after one that succeeded, and after a reconnection", () => {
    const sync = new Sync();
    sync.send(subscribed, readFailed, retry, readFailed, retry, twin(5, {}));
    sync.send(patch(7, {}));
    expect(sync.send(readFailed)).toEqual([{ type: "wait", ms: 1000 }]);
    sync.send(retry, readFailed, disconnected, subscribed);
    expect(sync.send(readFailed)).toEqual([{ type: "wait", ms: 1000 }]);
  });

  it("lose no patch that arrives in between", () => {
    const sync = new Sync();
    sync.send(subscribed, readFailed, patch(6, { b: 1 }), retry, twin(5, { a: 1 }));
    expect(sync.delivered).toEqual([
      { a: 1, $version: 5 },
      { b: 1, $version: 6 },
    ]);
  });

  it("are not repeated after the connection was lost", () => {
    const sync = new Sync();
    sync.send(subscribed, readFailed, disconnected);
    expect(sync.send(retry)).toEqual([]);
    expect(sync.state.phase).toBe("off");
  });
});

describe("reduceTwinSync: lost and late patches", () => {
  it("lead an application that applies every patch to the hub's document, with increasing versions", () => {
    const change: fc.Arbitrary<JsonObject> = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.oneof(
        fc.nat({ max: 3 }),
        fc.constant(null),
        fc.dictionary(fc.constantFrom("x", "y"), fc.option(fc.nat({ max: 2 }))),
      ),
      { maxKeys: 2 },
    );
    const happening = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ type: fc.constant("change" as const), change, lost: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.constant({ type: "answer" } as const) },
      { weight: 1, arbitrary: fc.constant({ type: "fail" } as const) },
      { weight: 1, arbitrary: fc.constant({ type: "reconnect" } as const) },
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const sync = new Sync();
        let hub: JsonObject = {};
        let version = 1;
        let online = false;
        const send = (event: TwinSyncEvent): void => {
          sync.send(event);
          if (sync.state.phase === "retrying") sync.send(retry);
        };
        const answer = (): void => {
          if (sync.state.phase === "reading") send(twin(version, hub));
        };
        for (const one of happenings) {
          switch (one.type) {
            case "change":
              hub = applyPatch(hub, one.change);
              version++;
              if (online && !one.lost) send(patch(version, one.change));
              break;
            case "answer":
              answer();
              break;
            case "fail":
              send(readFailed);
              break;
            case "reconnect":
              send(disconnected);
              online = true;
              send(subscribed);
          }
        }
        // Finally, a connection on which nothing is lost.
        send(disconnected);
        send(subscribed);
        answer();
        version++;
        hub = applyPatch(hub, { last: true });
        send(patch(version, { last: true }));
        let seen: JsonObject = {};
        let last = 0;
        for (const { $version, ...delivered } of sync.delivered) {
          expect($version).toBeGreaterThan(last);
          last = Number($version);
          seen = applyPatch(seen, delivered);
        }
        expect(seen).toEqual(hub);
        expect(last).toBe(version);
      }),
      { numRuns: 500 },
    );
  });
});
