import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  IsoHubError,
  OperationCancelledError,
  ServiceError,
} from "../errors.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { exponentialBackoff, fixedInterval } from "./retry-policy.ts";
import {
  initialSupervisorState,
  reduceSupervisor,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorRules,
  type SupervisorState,
  shortLivedMs,
  shortLivedPattern,
  stableAfterMs,
} from "./supervisor-state.ts";

const unreachable = new ConnectionFailedError("connect_failed", "unreachable");
const refused = new CredentialError("not_authorized", "refused");
const dropped = new ConnectionDroppedError("connection_dropped", "dropped");
const requested = new OperationCancelledError("disconnect() was called");

const usual: SupervisorRules & { now: number } = {
  connectionRetry: true,
  retryPolicy: fixedInterval(1000),
  ownRetryPolicy: false,
  random: () => 0.5,
  now: 0,
};

/** A supervisor with its state. */
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
      const step = reduceSupervisor(this.state, event, this.rules.now, this.rules);
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
    return { type: "opened", attempt: this.state.attempt };
  }

  get closed(): SupervisorEvent {
    return { type: "closed", attempt: this.state.attempt };
  }

  failed(error = unreachable as ConnectionFailedError | CredentialError): SupervisorEvent {
    return { type: "failed", attempt: this.state.attempt, error };
  }

  lost(closedByPeer = false): SupervisorEvent {
    return { type: "lost", attempt: this.state.attempt, error: dropped, closedByPeer };
  }
}

const connect: SupervisorEvent = { type: "connect" };
const disconnect: SupervisorEvent = { type: "disconnect", reason: requested };
const renew: SupervisorEvent = { type: "renew" };
const retry: SupervisorEvent = { type: "retry" };

/** A supervisor in each phase. */
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
  "disconnecting for good": () => {
    const machine = machines["connected"]?.() ?? new Machine();
    machine.send(disconnect);
    return machine;
  },
  "disconnecting to renew": () => {
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

describe("reduceSupervisor: events in each phase", () => {
  const types = (effects: readonly SupervisorEffect[]): string[] => effects.map(({ type }) => type);

  const table: readonly [phase: string, event: string, next: string, effects: string[]][] = [
    ["disconnected", "connect", "connecting", ["attempt"]],
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
    ["connecting", "failed", "disconnected", ["reject", "giveUp"]],
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
    ["waiting", "connect", "connecting", ["attempt"]],
    ["waiting", "disconnect", "disconnected", ["giveUp"]],
    ["waiting", "opened", "waiting", []],
    ["waiting", "failed", "waiting", []],
    ["waiting", "lost", "waiting", []],
    ["waiting", "closed", "waiting", []],
    ["waiting", "retry", "connecting", ["attempt"]],
    ["waiting", "renew", "waiting", []],
    ["disconnecting for good", "connect", "disconnecting", []],
    ["disconnecting for good", "disconnect", "disconnecting", ["giveUp"]],
    ["disconnecting for good", "opened", "disconnecting", []],
    ["disconnecting for good", "failed", "disconnecting", []],
    ["disconnecting for good", "lost", "disconnected", ["disconnected"]],
    ["disconnecting for good", "closed", "disconnected", ["disconnected"]],
    ["disconnecting for good", "retry", "disconnecting", []],
    ["disconnecting for good", "renew", "disconnecting", []],
    ["disconnecting to renew", "connect", "disconnecting", []],
    ["disconnecting to renew", "disconnect", "disconnecting", ["giveUp"]],
    ["disconnecting to renew", "lost", "connecting", ["disconnected", "attempt"]],
    ["disconnecting to renew", "closed", "connecting", ["disconnected", "attempt"]],
    ["disconnecting to renew", "retry", "disconnecting", []],
    ["disconnecting to renew", "renew", "disconnecting", []],
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

  it("reconnects if connect is called while a disconnect is in progress", () => {
    const machine = machineIn("disconnecting for good");
    machine.send(connect);
    expect(types(machine.send(machine.closed))).toEqual(["disconnected", "attempt"]);
    expect(machine.state.desired).toBe("connected");
  });

  it("stays disconnected if disconnect is called while a renewal is in progress", () => {
    const machine = machineIn("disconnecting to renew");
    machine.send(disconnect);
    expect(types(machine.send(machine.closed))).toEqual(["disconnected"]);
    expect(machine.phase).toBe("disconnected");
  });

  it("waits for messages in flight before it closes for a renewal only", () => {
    expect(machineIn("connected").send(renew)).toMatchObject([{ type: "close", drain: true }]);
    expect(machineIn("connected").send(disconnect)).toMatchObject([{ type: "close", drain: false }, {}]);
  });

  it("ignores events from an earlier attempt", () => {
    for (const phase of Object.keys(machines)) {
      const machine = machineIn(phase);
      const before = machine.state;
      const attempt = before.attempt - 1;
      for (const event of [
        { type: "opened", attempt },
        { type: "failed", attempt, error: unreachable },
        { type: "lost", attempt, error: dropped, closedByPeer: true },
        { type: "closed", attempt },
      ] satisfies SupervisorEvent[]) {
        expect(machine.send(event)).toEqual([]);
        expect(machine.state).toBe(before);
      }
    }
  });
});

describe("reduceSupervisor: failures", () => {
  it("rejects the caller and stops if the first attempt fails: repeating it is up to the caller", () => {
    const machine = machineIn("connecting");
    expect(machine.send(machine.failed())).toEqual([
      { type: "reject", error: unreachable },
      { type: "giveUp", error: unreachable },
    ]);
    expect(machine.state).toMatchObject({ desired: "disconnected", reason: unreachable });
  });

  it("rejects, reports and retries after a failure once there has been a connection", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    expect(machine.send(machine.failed())).toEqual([
      { type: "reject", error: unreachable },
      { type: "wait", ms: 1000 },
      { type: "report", error: unreachable },
    ]);
    expect(machine.state).toMatchObject({ desired: "connected", reason: unreachable, failures: 2 });
  });

  it("stops after a fatal error: retrying with a wrong key cannot help", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    expect(machine.send(machine.failed(refused))).toEqual([
      { type: "reject", error: refused },
      { type: "giveUp", error: refused },
      { type: "report", error: refused },
    ]);
    expect(machine.state).toMatchObject({
      phase: "disconnected",
      desired: "disconnected",
      reason: refused,
    });
  });

  it("retries after any answer of a token broker but a refusal of the user", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    const error = new ServiceError("not found", { code: "token_provider_failed", statusCode: 404 });
    machine.send({ type: "failed", attempt: machine.state.attempt, error });
    expect(machine.state).toMatchObject({ phase: "waiting", reason: error });
    machine.send(retry);
    machine.send(machine.failed(new CredentialError("token_refused", "sign in")));
    expect(machine.state.phase).toBe("disconnected");
  });

  it("stops when the connection is lost if connectionRetry is false", () => {
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

  it("stops when a renewal fails if connectionRetry is false", () => {
    const machine = new Machine({ connectionRetry: false });
    machine.send(connect);
    machine.send(machine.opened);
    machine.send(renew);
    machine.send(machine.closed);
    machine.send(machine.failed());
    expect(machine.state).toMatchObject({ phase: "disconnected", desired: "disconnected" });
  });

  it("treats a connect after a stop like a first one", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    machine.send(machine.failed(refused));
    machine.send(connect);
    expect(machine.state).toMatchObject({ established: false, failures: 0 });
    expect(machine.send(machine.failed())).toMatchObject([{ type: "reject" }, { type: "giveUp" }]);
  });

  it("reports last, so that a listener can reconnect or disconnect immediately", () => {
    for (const rules of [{}, { connectionRetry: false }]) {
      const machine = new Machine(rules);
      machine.send(connect);
      machine.send(machine.opened);
      expect(machine.send(machine.lost()).at(-1)).toMatchObject({ type: "report" });
    }
  });

  it("has no reason while connected, and the latest one while waiting", () => {
    const machine = machineIn("waiting");
    expect(machine.state.reason).toBe(dropped);
    machine.send(retry);
    expect(machine.state.reason).toBe(dropped);
    machine.send(machine.opened);
    expect(machine.state.reason).toBeUndefined();
  });
});

describe("reduceSupervisor: backoff", () => {
  /** Loses and restores connections that last `lasted` ms each. @returns the attempts that the policy received */
  function attempts(lasted: readonly number[], closedByPeer = false): number[] {
    const counts: number[] = [];
    const machine = new Machine({
      retryPolicy: (attempt) => {
        counts.push(attempt);
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
    return counts;
  }

  it("counts attempts until a connection has lasted 60 s", () => {
    expect(attempts([0, 59_999, 30_000, stableAfterMs, 0, 59_999])).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it("counts failed attempts and short connections together", () => {
    const machine = machineIn("waiting");
    machine.send(retry);
    machine.send(machine.failed());
    machine.send(retry);
    machine.send(machine.opened);
    machine.at(5000).send(machine.lost());
    expect(machine.state.failures).toBe(3);
  });

  it("never exceeds 60 s with the default policy", () => {
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

  it("treats a negative delay of the policy as zero", () => {
    const machine = new Machine({ retryPolicy: () => -5 });
    machine.send(connect);
    machine.send(machine.opened);
    expect(machine.send(machine.lost())).toContainEqual({ type: "wait", ms: 0 });
  });
});

describe("reduceSupervisor: takeover", () => {
  /** The hub closes connections `lasted` ms after it accepted them. @returns the effects of the last time */
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

  it("takes three connections in a row that the hub closes within 10 s for a second client, and reports that", () => {
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

  it("waits 15 to 30 s after the third, doubled each time up to 15 minutes", () => {
    const holdOffs = [0, 1].map((random) => {
      const machine = new Machine({ random: () => random });
      evict(machine, shortLivedPattern - 1);
      return Array.from({ length: 8 }, () => waits(evict(machine, 1)));
    });
    expect(holdOffs[0]).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 450_000, 450_000, 450_000]);
    expect(holdOffs[1]).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]);
  });

  it("keeps a longer delay of the policy", () => {
    const machine = new Machine({ retryPolicy: fixedInterval(2_000_000) });
    expect(waits(evict(machine, shortLivedPattern))).toBe(2_000_000);
  });

  it("uses the delay of the application's own policy, which receives the code taken_over", () => {
    const codes: unknown[] = [];
    const machine = new Machine({
      ownRetryPolicy: true,
      retryPolicy: (_attempt, error) => {
        codes.push(error instanceof IsoHubError ? error.code : undefined);
        return 5;
      },
    });
    expect(waits(evict(machine, shortLivedPattern))).toBe(5);
    expect(codes).toEqual(["connection_dropped", "connection_dropped", "taken_over"]);
  });

  it("does not count connections that broke, lasted 10 s or failed", () => {
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

  it("does not retry if connectionRetry is false, so there is no pattern", () => {
    const machine = new Machine({ connectionRetry: false });
    evict(machine, 1);
    expect(machine.phase).toBe("disconnected");
  });

  it("lets two clients that evict each other for an hour connect fewer than 60 times in total", async () => {
    for (const seed of [1, 2, 3]) expect(await hourOfTwoClients(seed)).toBeLessThan(60);
  });
});

/** Two clients with one identity at a hub that closes the older connection. @returns the number of their connections */
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
      const step = reduceSupervisor(state, event, clock.now(), rules);
      state = step.state;
      for (const effect of step.effects) {
        if (effect.type === "wait") clock.setTimer(() => handle(retry), effect.ms);
        if (effect.type !== "attempt") continue;
        clock.setTimer(() => {
          connects++;
          const previous = holder;
          holder = (closedByPeer) =>
            handle({ type: "lost", attempt: effect.attempt, error: dropped, closedByPeer });
          handle({ type: "opened", attempt: effect.attempt });
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

/** Something that can happen. It is skipped if it is impossible at that moment, such as the failure of an attempt without one. */
type Happening =
  | { readonly type: "connect" | "disconnect" | "open" | "close" | "renew" | "timer" }
  | { readonly type: "fail"; readonly fatal: boolean }
  | { readonly type: "lose"; readonly closedByPeer: boolean }
  | { readonly type: "stale"; readonly pick: number }
  | { readonly type: "pass"; readonly ms: number };

/** A supervisor with its attempts and its timer, and the invariants that hold after each event. */
class World {
  readonly machine: Machine;
  /** The only attempt or connection that may exist. */
  attempt: { readonly number: number; stage: "connecting" | "open" | "closing" } | undefined;
  attempts = 0;
  timer = false;
  /** Connections that were in use and whose end has not been reported. */
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
    const { machine, attempt } = this;
    switch (happening.type) {
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
        if (attempt?.stage !== "connecting") return;
        attempt.stage = "open";
        this.openedAt = machine.rules.now;
        this.inUse++;
        this.#send(machine.opened);
        return;
      case "fail":
        if (attempt?.stage !== "connecting") return;
        this.attempt = undefined;
        this.#fail(happening.fatal);
        return;
      case "lose":
        if (attempt === undefined || attempt.stage === "connecting") return;
        this.attempt = undefined;
        this.#lose(happening.closedByPeer);
        return;
      case "close":
        if (attempt?.stage !== "closing") return;
        this.attempt = undefined;
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

  /** Late events from an earlier attempt, or from the current one after its end. */
  #stale(pick: number): void {
    const { machine } = this;
    const over = machine.state.attempt - (this.attempt === undefined ? 0 : 1);
    if (over < 1) return;
    const attempt = (pick % over) + 1;
    const before = machine.state;
    for (const event of [
      { type: "opened", attempt },
      { type: "failed", attempt, error: unreachable },
      { type: "lost", attempt, error: dropped, closedByPeer: true },
      { type: "closed", attempt },
    ] satisfies SupervisorEvent[]) {
      expect(machine.send(event)).toEqual([]);
    }
    expect(machine.state).toBe(before);
  }

  #send(event: SupervisorEvent): void {
    const { phase } = this.machine.state;
    const effects = this.machine.send(event);
    // The timer belongs to the phase, as in HubConnection.
    if (phase === "waiting" && this.machine.state.phase !== "waiting") this.timer = false;
    for (const effect of effects) this.#carryOut(effect);
    this.#check();
  }

  #carryOut(effect: SupervisorEffect): void {
    const { state } = this.machine;
    switch (effect.type) {
      case "attempt":
        expect(this.attempt).toBeUndefined();
        expect(state.desired).toBe("connected");
        expect(effect.attempt).toBe(++this.attempts);
        this.attempt = { number: effect.attempt, stage: "connecting" };
        return;
      case "close":
        expect(this.attempt).toEqual({
          number: state.attempt,
          stage: expect.stringMatching(/^(connecting|open)$/),
        });
        // It may have delivered messages although it was not in use yet.
        if (this.attempt?.stage === "connecting") this.inUse++;
        this.attempt = { number: state.attempt, stage: "closing" };
        return;
      case "wait":
        expect(state.desired).toBe("connected");
        expect(effect.ms).toBeLessThanOrEqual(state.shortLived >= shortLivedPattern ? 900_000 : 60_000);
        expect(this.timer).toBe(false);
        this.timer = true;
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
      case "reject":
      case "report":
    }
  }

  #check(): void {
    const { phase, desired } = this.machine.state;
    const stage = this.attempt?.stage;
    // The phase corresponds to the resources.
    expect(phase === "connecting").toBe(stage === "connecting");
    expect(phase === "connected").toBe(stage === "open");
    expect(phase === "disconnecting").toBe(stage === "closing");
    expect(phase === "waiting").toBe(this.timer);
    // Each connection that was in use ends exactly once.
    expect(this.inUse).toBe(stage === "open" || stage === "closing" ? 1 : 0);
    if (desired === "connected") expect(phase).not.toBe("disconnected");
    else expect(["disconnected", "disconnecting"]).toContain(phase);
  }
}

describe("reduceSupervisor: any sequence of events", () => {
  const simple = (...types: ("connect" | "disconnect" | "open" | "close" | "renew" | "timer")[]) =>
    fc.constantFrom(...types).map((type) => ({ type }) as const);
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 6, arbitrary: simple("connect", "open", "open", "timer", "timer", "close") },
    { weight: 1, arbitrary: simple("disconnect", "renew") },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("fail" as const), fatal: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant("lose" as const), closedByPeer: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("stale" as const), pick: fc.nat() }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("pass" as const),
        ms: fc.constantFrom(1, 9999, 10_000, 60_000),
      }),
    },
  );

  it("has at most one attempt, with the next number, and ignores earlier ones; attempts and waits only if a connection is desired; stops after a fatal error and if connectionRetry is false", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(happening, { maxLength: 60 }), (retries, happenings) => {
        const world = new World(retries);
        for (const one of happenings) world.happen(one);
      }),
      { numRuns: 2000 },
    );
  });

  it("ends disconnected after a disconnect, once everything has closed", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const world = new World(true);
        for (const one of happenings) world.happen(one);
        world.happen({ type: "disconnect" });
        world.happen({ type: "close" });
        expect(world.machine.phase).toBe("disconnected");
        expect(world).toMatchObject({ attempt: undefined, timer: false, inUse: 0 });
      }),
    );
  });

  it("reconnects as soon as the hub accepts it, as long as that is desired", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const world = new World(true);
        for (const one of happenings) world.happen(one);
        fc.pre(world.machine.state.desired === "connected");
        for (const type of ["close", "timer", "open"] as const) world.happen({ type });
        expect(world.machine.phase).toBe("connected");
      }),
    );
  });
});
