import { describe, expect, it } from "vitest";
import type { RegistrationResponse } from "../dialects/provisioning/registration-response.ts";
import { readRegistration } from "../dialects/provisioning/registration-result.ts";
import { ConnectionDroppedError, ConnectionFailedError, CredentialError } from "../errors.ts";
import {
  initialRegistrationRunState,
  type RegistrationRunEffect,
  type RegistrationRunEvent,
  type RegistrationRunState,
  reduceRegistrationRun,
} from "./registration-run-state.ts";

/** A registration that has started, with its state. */
class Run {
  state: RegistrationRunState = initialRegistrationRunState;

  constructor() {
    this.on({ type: "start" });
  }

  on(event: RegistrationRunEvent, random = 1): readonly RegistrationRunEffect[] {
    const { state, effects } = reduceRegistrationRun(this.state, event, 0, { random: () => random });
    this.state = state;
    return effects;
  }

  connected(): readonly RegistrationRunEffect[] {
    return this.on({ type: "connected" });
  }

  waited(): readonly RegistrationRunEffect[] {
    return this.on({ type: "waited" });
  }

  lost(): readonly RegistrationRunEffect[] {
    return this.on({ type: "lost", error: dropped });
  }

  respond(
    status: number,
    body: object = {},
    retryAfterMs?: number,
    random = 1,
  ): readonly RegistrationRunEffect[] {
    return this.on({ type: "response", response: responseOf(status, body, retryAfterMs) }, random);
  }

  /** A registration in the first wait for its operation. */
  static assigning(): Run {
    const run = new Run();
    run.connected();
    run.respond(202, assigning, 3000);
    return run;
  }
}

const dropped = new ConnectionDroppedError("connection_dropped", "lost");
const assigning = { operationId: "5.op", status: "assigning" };
const assigned = { operationId: "5.op", status: "assigned", registrationState: { deviceId: "d1" } };

function responseOf(status: number, fields: object, retryAfterMs?: number): RegistrationResponse {
  const body = { ...fields };
  return { status, retryAfterMs, result: readRegistration(body), body };
}

describe("a registration", () => {
  it("connects, registers, polls and succeeds", () => {
    const run = new Run();
    expect(
      reduceRegistrationRun(initialRegistrationRunState, { type: "start" }, 0, { random: () => 1 }),
    ).toEqual({
      state: { ...initialRegistrationRunState, phase: "connecting" },
      effects: [{ type: "connect" }],
    });
    expect(run.connected()).toEqual([{ type: "register" }]);
    expect(run.respond(202, assigning, 3000)).toEqual([{ type: "wait", ms: 3000, isAssigning: true }]);
    expect(run.waited()).toEqual([{ type: "poll", operationId: "5.op" }]);
    expect(run.respond(202, assigning, 7000)).toEqual([{ type: "wait", ms: 7000, isAssigning: true }]);
    run.waited();
    expect(run.respond(200, assigned)).toMatchObject([
      { type: "succeed", result: { status: "assigned", registrationState: { deviceId: "d1" } } },
    ]);
    expect(run.state.phase).toBe("over");
  });

  it("waits two seconds if the service names no delay, and a second if it names zero", () => {
    const run = new Run();
    run.connected();
    expect(run.respond(202, assigning)).toMatchObject([{ type: "wait", ms: 2000 }]);
    run.waited();
    expect(run.respond(202, assigning, 0)).toMatchObject([{ type: "wait", ms: 1000 }]);
  });

  it("succeeds immediately if the service has already assigned the device", () => {
    const run = new Run();
    run.connected();
    expect(run.respond(200, assigned)).toMatchObject([{ type: "succeed" }]);
  });

  it("waits after 200 with the status assigning", () => {
    const run = new Run();
    run.connected();
    expect(run.respond(200, assigning, 1000)).toMatchObject([{ type: "wait", ms: 1000, isAssigning: true }]);
  });
});

describe("a lost connection", () => {
  it("is not restored if the service has never accepted the device", () => {
    const run = new Run();
    const error = new ConnectionFailedError("connect_failed", "unreachable");
    expect(run.on({ type: "lost", error })).toEqual([{ type: "fail", error }]);
  });

  it("leads to registering again if the operation has no id yet", () => {
    const run = new Run();
    run.connected();
    expect(run.lost()).toEqual([{ type: "wait", ms: 2000, isAssigning: false }]);
    expect(run.waited()).toEqual([{ type: "connect" }]);
    expect(run.connected()).toEqual([{ type: "register" }]);
  });

  it("while polling continues with the same operation", () => {
    const run = Run.assigning();
    run.waited();
    expect(run.lost()).toMatchObject([{ type: "wait" }]);
    expect(run.waited()).toEqual([{ type: "connect" }]);
    expect(run.connected()).toEqual([{ type: "poll", operationId: "5.op" }]);
    expect(run.respond(200, assigned)).toMatchObject([{ type: "succeed" }]);
  });

  it("during a wait does not shorten it", () => {
    const run = Run.assigning();
    expect(run.lost()).toEqual([]);
    expect(run.waited()).toEqual([{ type: "connect" }]);
    expect(run.connected()).toEqual([{ type: "poll", operationId: "5.op" }]);
  });

  it("ends the registration after ten in a row, and if a retry cannot help", () => {
    const run = Run.assigning();
    run.waited();
    for (let n = 1; n <= 10; n++) {
      expect(run.lost(), `loss ${n}`).toMatchObject([{ type: "wait" }]);
      run.waited();
    }
    expect(run.lost()).toEqual([{ type: "fail", error: dropped }]);

    const refused = Run.assigning();
    const error = new CredentialError("not_authorized", "no");
    expect(refused.on({ type: "lost", error })).toEqual([{ type: "fail", error }]);
  });

  it("after the end is ignored", () => {
    const run = new Run();
    run.connected();
    run.respond(200, assigned);
    expect(run.lost()).toEqual([]);
    expect(run.waited()).toEqual([]);
    expect(run.connected()).toEqual([]);
  });
});

describe("a service that is temporarily unavailable", () => {
  it.each([429, 500, 503])("is retried after %i, with growing delays of up to a minute", (status) => {
    const run = new Run();
    run.connected();
    const waits: number[] = [];
    for (let n = 1; n <= 10; n++) {
      const [effect] = run.respond(status);
      if (effect?.type === "wait") waits.push(effect.ms);
      expect(run.waited()).toEqual([{ type: "register" }]);
    }
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
    expect(run.respond(status)).toMatchObject([{ type: "refuse", response: { status } }]);
  });

  it("gets the time it asks for, and at least half of the backoff", () => {
    const run = new Run();
    run.connected();
    expect(run.respond(429, {}, 30_000)).toEqual([{ type: "wait", ms: 30_000, isAssigning: false }]);
    run.waited();
    expect(run.respond(429, {}, 0, 0)).toEqual([{ type: "wait", ms: 2000, isAssigning: false }]);
  });

  it("is asked for the same operation again", () => {
    const run = Run.assigning();
    run.waited();
    run.respond(429);
    expect(run.waited()).toEqual([{ type: "poll", operationId: "5.op" }]);
  });

  it("starts over with the delays once it has responded", () => {
    const run = Run.assigning();
    run.waited();
    run.respond(429);
    run.waited();
    run.respond(202, assigning, 1000);
    expect(run.state.failures).toBe(0);
  });
});

describe("a response that refuses", () => {
  it.each([
    [200, { status: "disabled" }],
    [200, { status: "failed" }],
    [200, { status: "unassigned" }],
    [200, {}],
    [202, { status: "assigning" }],
    [400, {}],
    [401, {}],
    [404, {}],
  ])("%i %j ends it", (status, body) => {
    const run = new Run();
    run.connected();
    expect(run.respond(status, body)).toMatchObject([{ type: "refuse", response: { status } }]);
    expect(run.state.phase).toBe("over");
  });

  it("ends it during polling too", () => {
    const run = Run.assigning();
    run.waited();
    expect(run.respond(200, { operationId: "5.op", status: "failed" })).toMatchObject([{ type: "refuse" }]);
  });
});
