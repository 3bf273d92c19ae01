import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  OperationCancelledError,
} from "../errors.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { exponentialBackoff, fixedInterval } from "./retry-policy.ts";
import {
  initialSupervisorState,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorRules,
  type SupervisorState,
  shortLivedMs,
  shortLivedPattern,
  stableAfterMs,
  supervise,
} from "./supervisor.ts";

const unreachable = new ConnectionFailedError("connect_failed", "unreachable");
const refused = new CredentialError("not_authorized", "refused");
const dropped = new ConnectionDroppedError("connection_dropped", "dropped");
const asked = new OperationCancelledError("asked to");

const usual: SupervisorRules & { now: number } = {
  connectionRetry: true,
  retryPolicy: fixedInterval(1000),
  ownRetryPolicy: false,
  random: () => 0.5,
  now: 0,
};

/** The machine with its state, and what it did last. */
class Machine {
  state: SupervisorState = initialSupervisorState;
  rules: typeof usual;

  constructor(rules: Partial<typeof usual> = {}) {
    this.rules = { ...usual, ...rules };
  }

  /** @returns the effects of the last event */
  send(...events: SupervisorEvent[]): readonly SupervisorEffect[] {
    let effects: readonly SupervisorEffect[] = [];
    for (const event of events) {
      const step = supervise(this.state, event, this.rules, this.rules.now);
      this.state = step.state;
      effects = step.effects;
    }
    return effects;
  }

  at(now: number): this {
    this.rules = { ...this.rules, now };
    return this;
  }

  get phase(): string {
    return this.state.phase;
  }

  get opened(): SupervisorEvent {
    return { type: "opened", dial: this.state.dial };
  }

  get closed(): SupervisorEvent {
    return { type: "closed", dial: this.state.dial };
  }

  failed(error = unreachable as ConnectionFailedError | CredentialError): SupervisorEvent {
    return { type: "failed", dial: this.state.dial, error };
  }

  lost(closedByPeer = false): SupervisorEvent {
    return { type: "lost", dial: this.state.dial, error: dropped, closedByPeer };
  }
}

const connect: SupervisorEvent = { type: "connect" };
const disconnect: SupervisorEvent = { type: "disconnect", reason: asked };
const renew: SupervisorEvent = { type: "renew" };
const retry: SupervisorEvent = { type: "retry" };

/** A machine in each phase. */
const machines: Record<string, () => Machine> = {
  disconnected: () => new Machine(),
  connecting: () => {
    const machine = new Machine();
    machine.send(connect);
    return machine;
  },
  connected: () => {
    const machine = machines["connecting"]?.() ?? new Machine();
    machine.send(machine.opened);
    return machine;
  },
  waiting: () => {
    const machine = machines["connected"]?.() ?? new Machine();
    machine.send(machine.lost());
    return machine;
  },
  "disconnecting to stay": () => {
    const machine = machines["connected"]?.() ?? new Machine();
    machine.send(disconnect);
    return machine;
  },
  "disconnecting to redial": () => {
    const machine = machines["connected"]?.() ?? new Machine();
    machine.send(renew);
    return machine;
  },
};

function machineIn(phase: string): Machine {
  const machine = machines[phase]?.();
  if (machine === undefined) throw new Error(`there is no phase ${phase}`);
  return machine;
}

describe("supervise: what happens in which phase", () => {
  const types = (effects: readonly SupervisorEffect[]): string[] => effects.map(({ type }) => type);

  const table: readonly [phase: string, event: string, next: string, effects: string[]][] = [
    ["disconnected", "connect", "connecting", ["dial"]],
    ["disconnected", "disconnect", "disconnected", ["giveUp"]],
    ["disconnected", "opened", "disconnected", []],
    ["disconnected", "failed", "disconnected", []],
    ["disconnected", "lost", "disconnected", []],
    ["disconnected", "closed", "disconnected", []],
    ["disconnected", "retry", "disconnected", []],
    ["disconnected", "renew", "disconnected", []],
    ["connecting", "connect", "connecting", []],
    ["connecting", "disconnect", "disconnecting", ["close", "giveUp"]],
    ["connecting", "opened", "connected", ["connected"]],
    ["connecting", "failed", "disconnected", ["connectFailed", "giveUp"]],
    ["connecting", "lost", "connecting", []],
    ["connecting", "closed", "connecting", []],
    ["connecting", "retry", "connecting", []],
    ["connecting", "renew", "connecting", []],
    ["connected", "connect", "connected", ["connected"]],
    ["connected", "disconnect", "disconnecting", ["close", "giveUp"]],
    ["connected", "opened", "connected", []],
    ["connected", "failed", "connected", []],
    ["connected", "lost", "waiting", ["disconnected", "wait", "report"]],
    ["connected", "closed", "connected", []],
    ["connected", "retry", "connected", []],
    ["connected", "renew", "disconnecting", ["close"]],
    ["waiting", "connect", "connecting", ["stopWaiting", "dial"]],
    ["waiting", "disconnect", "disconnected", ["stopWaiting", "giveUp"]],
    ["waiting", "opened", "waiting", []],
    ["waiting", "failed", "waiting", []],
    ["waiting", "lost", "waiting", []],
    ["waiting", "closed", "waiting", []],
    ["waiting", "retry", "connecting", ["dial"]],
    ["waiting", "renew", "waiting", []],
    ["disconnecting to stay", "connect", "disconnecting", []],
    ["disconnecting to stay", "disconnect", "disconnecting", ["giveUp"]],
    ["disconnecting to stay", "opened", "disconnecting", []],
    ["disconnecting to stay", "failed", "disconnecting", []],
    ["disconnecting to stay", "lost", "disconnected", ["disconnected"]],
    ["disconnecting to stay", "closed", "disconnected", ["disconnected"]],
    ["disconnecting to stay", "retry", "disconnecting", []],
    ["disconnecting to stay", "renew", "disconnecting", []],
    ["disconnecting to redial", "connect", "disconnecting", []],
    ["disconnecting to redial", "disconnect", "disconnecting", ["giveUp"]],
    ["disconnecting to redial", "lost", "connecting", ["disconnected", "dial"]],
    ["disconnecting to redial", "closed", "connecting", ["disconnected", "dial"]],
    ["disconnecting to redial", "retry", "disconnecting", []],
    ["disconnecting to redial", "renew", "disconnecting", []],
  ];
  for (const [phase, name, next, expected] of table) {
    it(`${phase} + ${name} → ${next}${expected.length === 0 ? "" : `: ${expected.join(", ")}`}`, () => {
      const machine = machineIn(phase);
      const events: Record<string, SupervisorEvent> = {
        connect,
        disconnect,
        retry,
        renew,
        opened: machine.opened,
        failed: machine.failed(),
        lost: machine.lost(),
        closed: machine.closed,
      };
      const before = machine.state;
      const event = events[name];
      if (event === undefined) throw new Error(`there is no event ${name}`);
      const effects = machine.send(event);
      expect(machine.phase).toBe(next);
      expect(types(effects)).toEqual(expected);
      if (expected.length === 0 && event.type !== "connect") expect(machine.state).toBe(before);
    });
  }

  it("a disconnect is undone by a connect that comes while it is under way", () => {
    const machine = machineIn("disconnecting to stay");
    machine.send(connect);
    expect(types(machine.send(machine.closed))).toEqual(["disconnected", "dial"]);
    expect(machine.state.desired).toBe("connected");
  });

  it("a renewal is undone by a disconnect that comes while it is under way", () => {
    const machine = machineIn("disconnecting to redial");
    machine.send(disconnect);
    expect(types(machine.send(machine.closed))).toEqual(["disconnected"]);
    expect(machine.phase).toBe("disconnected");
  });

  it("only a renewal lets what is in flight finish before it closes", () => {
    expect(machineIn("connected").send(renew)).toMatchObject([{ type: "close", drain: true }]);
    expect(machineIn("connected").send(disconnect)).toMatchObject([{ type: "close", drain: false }, {}]);
  });

  it("whatever an older dial still reports changes nothing", () => {
    for (const phase of Object.keys(machines)) {
      const machine = machineIn(phase);
      const before = machine.state;
      const dial = before.dial - 1;
      for (const event of [
        { type: "opened", dial },
        { type: "failed", dial, error: unreachable },
        { type: "lost", dial, error: dropped, closedByPeer: true },
        { type: "closed", dial },
      ] satisfies SupervisorEvent[]) {
        expect(machine.send(event)).toEqual([]);
        expect(machine.state).toBe(before);
      }
    }
  });
});

describe("supervise: failures", () => {
  it("the first connection is the caller's to try again: its failure goes to who called, and all is over", () => {
    const machine = machineIn("connecting");
    expect(machine.send(machine.failed())).toEqual([
      { type: "connectFailed", error: unreachable },
      { type: "giveUp", error: unreachable },
    ]);
    expect(machine.state).toMatchObject({ desired: "disconnected", reason: unreachable });
  });

  it("once there has been a connection, a failure is told, reported and tried again", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    expect(machine.send(machine.failed())).toEqual([
      { type: "connectFailed", error: unreachable },
      { type: "wait", ms: 1000 },
      { type: "report", error: unreachable },
    ]);
    expect(machine.state).toMatchObject({ desired: "connected", reason: unreachable, failures: 2 });
  });

  it("a fatal error stops: trying again with a wrong key cannot help", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    expect(machine.send(machine.failed(refused))).toEqual([
      { type: "connectFailed", error: refused },
      { type: "giveUp", error: refused },
      { type: "report", error: refused },
    ]);
    expect(machine.state).toMatchObject({
      phase: "disconnected",
      desired: "disconnected",
      reason: refused,
    });
  });

  it("connectionRetry false stops at a drop", () => {
    const machine = new Machine({ connectionRetry: false });
    machine.send(connect);
    machine.send(machine.opened);
    expect(machine.send(machine.lost())).toEqual([
      { type: "disconnected" },
      { type: "giveUp", error: dropped },
      { type: "report", error: dropped },
    ]);
    expect(machine.state).toMatchObject({
      phase: "disconnected",
      desired: "disconnected",
      reason: dropped,
    });
  });

  it("connectionRetry false stops also at a renewal that fails", () => {
    const machine = new Machine({ connectionRetry: false });
    machine.send(connect);
    machine.send(machine.opened);
    machine.send(renew);
    machine.send(machine.closed);
    machine.send(machine.failed());
    expect(machine.state).toMatchObject({ phase: "disconnected", desired: "disconnected" });
  });

  it("after a stop, connect() starts over as for a first connection", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    machine.send(machine.failed(refused));
    machine.send(connect);
    expect(machine.state).toMatchObject({ established: false, failures: 0 });
    expect(machine.send(machine.failed())).toMatchObject([{ type: "connectFailed" }, { type: "giveUp" }]);
  });

  it("a report comes last, so that who hears of it can connect or disconnect right there", () => {
    for (const rules of [{}, { connectionRetry: false }]) {
      const machine = new Machine(rules);
      machine.send(connect);
      machine.send(machine.opened);
      expect(machine.send(machine.lost()).at(-1)).toMatchObject({ type: "report" });
    }
  });

  it("while connected there is no reason, while waiting the last one", () => {
    const machine = machineIn("waiting");
    expect(machine.state.reason).toBe(dropped);
    machine.send(retry);
    expect(machine.state.reason).toBe(dropped);
    machine.send(machine.opened);
    expect(machine.state.reason).toBeUndefined();
  });
});

describe("supervise: back-off", () => {
  /** Loses and makes connections, each of which lasts `lasted` ms. @returns the attempts that the policy was asked for */
  function attempts(lasted: readonly number[], closedByPeer = false): number[] {
    const asked: number[] = [];
    const machine = new Machine({
      retryPolicy: (attempt) => {
        asked.push(attempt);
        return 0;
      },
    });
    let now = 0;
    machine.send(connect);
    for (const ms of lasted) {
      machine.at(now).send(machine.opened);
      now += ms;
      machine.at(now).send(machine.lost(closedByPeer), retry);
    }
    return asked;
  }

  it("counts on until a connection has lasted 60 s, and only then starts again", () => {
    expect(attempts([0, 59_999, 30_000, stableAfterMs, 0, 59_999])).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it("counts failed tries and short connections together", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    machine.send(machine.failed());
    machine.send(retry);
    machine.send(machine.opened);
    machine.at(5000).send(machine.lost());
    expect(machine.state.failures).toBe(3);
  });

  it("never exceeds 60 s with the default policy, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const ms = exponentialBackoff({}, () => random)(attempt, dropped);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(60_000);
        },
      ),
    );
  });

  it("a policy that says less than nothing does not make a wait of it", () => {
    const machine = new Machine({ retryPolicy: () => -5 });
    machine.send(connect);
    machine.send(machine.opened);
    expect(machine.send(machine.lost())).toContainEqual({ type: "wait", ms: 0 });
  });
});

describe("supervise: take-over", () => {
  /** Has the hub close connections `lasted` ms after it accepted them. @returns the effects of the last time */
  function evict(
    machine: Machine,
    times: number,
    lasted = 100,
    closedByPeer = true,
  ): readonly SupervisorEffect[] {
    let effects: readonly SupervisorEffect[] = [];
    for (let count = 0; count < times; count++) {
      machine.send(machine.phase === "disconnected" ? connect : retry);
      machine.send(machine.opened);
      effects = machine.at(machine.rules.now + lasted).send(machine.lost(closedByPeer));
    }
    return effects;
  }

  const waits = (effects: readonly SupervisorEffect[]): number | undefined =>
    effects.flatMap((effect) => (effect.type === "wait" ? [effect.ms] : []))[0];

  it("three connections in a row that the hub closes within 10 s are taken for a second client, and say so", () => {
    const machine = new Machine();
    expect(evict(machine, shortLivedPattern - 1)).toContainEqual({ type: "report", error: dropped });
    const effects = evict(machine, 1);
    expect(machine.state.reason).toMatchObject({
      name: "ConnectionDroppedError",
      code: "taken_over",
      cause: dropped,
      retryable: true,
      remediation: expect.stringContaining("second client with the same device id"),
    });
    expect(effects).toContainEqual({ type: "report", error: machine.state.reason });
  });

  it("the third is followed by a hold-off of 15 to 30 s, which doubles up to 15 minutes", () => {
    const holdOffs = [0, 1].map((random) => {
      const machine = new Machine({ random: () => random });
      evict(machine, shortLivedPattern - 1);
      return Array.from({ length: 8 }, () => waits(evict(machine, 1)));
    });
    expect(holdOffs[0]).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 450_000, 450_000, 450_000]);
    expect(holdOffs[1]).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]);
  });

  it("a longer wait of the policy stands", () => {
    const machine = new Machine({ retryPolicy: fixedInterval(2_000_000) });
    expect(waits(evict(machine, shortLivedPattern))).toBe(2_000_000);
  });

  it("the user's own policy overrides the hold-off, and is told taken_over", () => {
    const codes: unknown[] = [];
    const machine = new Machine({
      ownRetryPolicy: true,
      retryPolicy: (_attempt, error) => {
        codes.push(Reflect.get(error, "code"));
        return 5;
      },
    });
    expect(waits(evict(machine, shortLivedPattern))).toBe(5);
    expect(codes).toEqual(["connection_dropped", "connection_dropped", "taken_over"]);
  });

  it("connections that broke, that lasted 10 s or that failed do not count", () => {
    const broke = new Machine();
    evict(broke, 10, 100, false);
    expect(broke.state.shortLived).toBe(0);
    const lasted = new Machine();
    evict(lasted, 10, shortLivedMs);
    expect(lasted.state.shortLived).toBe(0);
    const mixed = new Machine();
    evict(mixed, 2);
    evict(mixed, 1, shortLivedMs);
    evict(mixed, 2);
    expect(mixed.state.reason).toBe(dropped);
  });

  it("with connectionRetry false there is no second try, so no pattern", () => {
    const machine = new Machine({ connectionRetry: false });
    evict(machine, 1);
    expect(machine.phase).toBe("disconnected");
  });

  it("two clients that evict each other for an hour connect fewer than 60 times between them", async () => {
    for (const seed of [1, 2, 3]) expect(await hourOfTwoClients(seed)).toBeLessThan(60);
  });
});

/** Two clients with one identity at a hub that closes the older connection. @returns how often they connected */
async function hourOfTwoClients(seed: number): Promise<number> {
  const clock = new VirtualClock(0);
  const random = randomFrom(seed);
  let connects = 0;
  let holder: ((closedByPeer: boolean) => void) | undefined;
  const startClient = (delay: number): void => {
    let state = initialSupervisorState;
    const handle = (event: SupervisorEvent): void => {
      const retryPolicy = exponentialBackoff({}, random);
      const rules = { connectionRetry: true, retryPolicy, ownRetryPolicy: false, random };
      const step = supervise(state, event, rules, clock.now());
      state = step.state;
      for (const effect of step.effects) {
        if (effect.type === "wait") clock.setTimer(() => handle(retry), effect.ms);
        if (effect.type !== "dial") continue;
        clock.setTimer(() => {
          connects++;
          const previous = holder;
          holder = (closedByPeer) =>
            handle({ type: "lost", dial: effect.dial, error: dropped, closedByPeer });
          handle({ type: "opened", dial: effect.dial });
          previous?.(true);
        }, 100);
      }
    };
    clock.setTimer(() => handle(connect), delay);
  };
  startClient(0);
  startClient(3000);
  await clock.advance(3_600_000);
  return connects;
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    // The minimal standard generator of Park and Miller.
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** What can happen; what is impossible in the state of things, such as the failure of a dial that is not there, is not. */
type Happening =
  | { readonly what: "connect" | "disconnect" | "open" | "close" | "renew" | "timer" }
  | { readonly what: "fail"; readonly fatal: boolean }
  | { readonly what: "lose"; readonly closedByPeer: boolean }
  | { readonly what: "stale"; readonly pick: number }
  | { readonly what: "pass"; readonly ms: number };

/** The machine between its users, its dials and its timer, with what must hold after each event. */
class World {
  readonly machine: Machine;
  /** Where the one dial that may live stands. */
  dial: { readonly number: number; stage: "dialling" | "open" | "closing" } | undefined;
  dials = 0;
  timer = false;
  /** Connections that were in use and whose end has not been told. */
  inUse = 0;
  openedAt = 0;

  constructor(retry: boolean) {
    this.machine = new Machine({
      connectionRetry: retry,
      retryPolicy: exponentialBackoff({}, () => 1),
      random: () => 1,
    });
  }

  happen(happening: Happening): void {
    const { machine, dial } = this;
    switch (happening.what) {
      case "connect":
        this.#send(connect);
        return;
      case "disconnect":
        this.#send(disconnect);
        return;
      case "renew":
        this.#send(renew);
        return;
      case "pass":
        machine.at(machine.rules.now + happening.ms);
        return;
      case "timer":
        if (!this.timer) return;
        this.timer = false;
        this.#send(retry);
        return;
      case "open":
        if (dial?.stage !== "dialling") return;
        dial.stage = "open";
        this.openedAt = machine.rules.now;
        this.inUse++;
        this.#send(machine.opened);
        return;
      case "fail":
        if (dial?.stage !== "dialling") return;
        this.dial = undefined;
        this.#fail(happening.fatal);
        return;
      case "lose":
        if (dial === undefined || dial.stage === "dialling") return;
        this.dial = undefined;
        this.#lose(happening.closedByPeer);
        return;
      case "close":
        if (dial?.stage !== "closing") return;
        this.dial = undefined;
        this.#send(machine.closed);
        return;
      case "stale":
        this.#stale(happening.pick);
        return;
    }
  }

  #fail(fatal: boolean): void {
    const { machine } = this;
    const established = machine.state.established;
    this.#send(machine.failed(fatal ? refused : unreachable));
    if (fatal || !established || !machine.rules.connectionRetry) expect(machine.phase).toBe("disconnected");
    else expect(machine.phase).toBe("waiting");
  }

  #lose(closedByPeer: boolean): void {
    const { machine } = this;
    const before = machine.state;
    this.#send(machine.lost(closedByPeer));
    if (before.phase !== "connected") return;
    const stable = machine.rules.now - this.openedAt >= stableAfterMs;
    expect(machine.state.failures).toBe(stable ? 1 : before.failures + 1);
    if (!machine.rules.connectionRetry) expect(machine.phase).toBe("disconnected");
  }

  /** What an older dial, or the present one after its end, still has to say. */
  #stale(pick: number): void {
    const { machine } = this;
    const over = machine.state.dial - (this.dial === undefined ? 0 : 1);
    if (over < 1) return;
    const dial = (pick % over) + 1;
    const before = machine.state;
    for (const event of [
      { type: "opened", dial },
      { type: "failed", dial, error: unreachable },
      { type: "lost", dial, error: dropped, closedByPeer: true },
      { type: "closed", dial },
    ] satisfies SupervisorEvent[]) {
      expect(machine.send(event)).toEqual([]);
    }
    expect(machine.state).toBe(before);
  }

  #send(event: SupervisorEvent): void {
    for (const effect of this.machine.send(event)) this.#carryOut(effect);
    this.#check();
  }

  #carryOut(effect: SupervisorEffect): void {
    const { state } = this.machine;
    switch (effect.type) {
      case "dial":
        expect(this.dial).toBeUndefined();
        expect(state.desired).toBe("connected");
        expect(effect.dial).toBe(++this.dials);
        this.dial = { number: effect.dial, stage: "dialling" };
        return;
      case "close":
        expect(this.dial).toEqual({ number: effect.dial, stage: expect.stringMatching(/^(dialling|open)$/) });
        // Messages may have come by it although it was not in use yet.
        if (this.dial?.stage === "dialling") this.inUse++;
        this.dial = { number: effect.dial, stage: "closing" };
        return;
      case "wait":
        expect(state.desired).toBe("connected");
        expect(effect.ms).toBeLessThanOrEqual(state.shortLived >= shortLivedPattern ? 900_000 : 60_000);
        expect(this.timer).toBe(false);
        this.timer = true;
        return;
      case "stopWaiting":
        expect(this.timer).toBe(true);
        this.timer = false;
        return;
      case "connected":
        expect(state.phase).toBe("connected");
        return;
      case "giveUp":
        expect(state.desired).toBe("disconnected");
        return;
      case "disconnected":
        this.inUse--;
        return;
      case "connectFailed":
      case "report":
    }
  }

  #check(): void {
    const { phase, desired } = this.machine.state;
    const stage = this.dial?.stage;
    // The phase says exactly what there is.
    expect(phase === "connecting").toBe(stage === "dialling");
    expect(phase === "connected").toBe(stage === "open");
    expect(phase === "disconnecting").toBe(stage === "closing");
    expect(phase === "waiting").toBe(this.timer);
    // Each connection that was in use ends exactly once.
    expect(this.inUse).toBe(stage === "open" || stage === "closing" ? 1 : 0);
    if (desired === "connected") expect(phase).not.toBe("disconnected");
    else expect(["disconnected", "disconnecting"]).toContain(phase);
  }
}

describe("supervise: whatever happens, in whatever order", () => {
  const simple = (...whats: ("connect" | "disconnect" | "open" | "close" | "renew" | "timer")[]) =>
    fc.constantFrom(...whats).map((what) => ({ what }) as const);
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 6, arbitrary: simple("connect", "open", "open", "timer", "timer", "close") },
    { weight: 1, arbitrary: simple("disconnect", "renew") },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("fail" as const), fatal: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant("lose" as const), closedByPeer: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("stale" as const), pick: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant("pass" as const),
        ms: fc.constantFrom(1, 9999, 10_000, 60_000),
      }),
    },
  );

  it("at most one dial lives, its number is the next one, and stale ones change nothing; no dial and no wait unless connected is wanted; after giving up nobody waits; a fatal error and connectionRetry false stop", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(happening, { maxLength: 60 }), (retries, happenings) => {
        const world = new World(retries);
        for (const one of happenings) world.happen(one);
      }),
      { numRuns: 2000 },
    );
  });

  it("comes to rest disconnected after a disconnect, once what was open has closed", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const world = new World(true);
        for (const one of happenings) world.happen(one);
        world.happen({ what: "disconnect" });
        world.happen({ what: "close" });
        expect(world.machine.phase).toBe("disconnected");
        expect(world).toMatchObject({ dial: undefined, timer: false, inUse: 0 });
      }),
    );
  });

  it("is connected again at last when the hub lets it, as long as that is wanted", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const world = new World(true);
        for (const one of happenings) world.happen(one);
        fc.pre(world.machine.state.desired === "connected");
        for (const what of ["close", "timer", "open"] as const) world.happen({ what });
        expect(world.machine.phase).toBe("connected");
      }),
    );
  });
});
