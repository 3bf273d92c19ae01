import { describe, expect, it } from "vitest";
import type { RegistrationResponse } from "../dialects/provisioning/registration-response.ts";
import { readRegistration } from "../dialects/provisioning/registration-result.ts";
import { ConnectionDroppedError, ConnectionFailedError, CredentialError } from "../errors.ts";
import {
  proceed,
  type RegistrationCourse,
  type RegistrationEffect,
  type RegistrationEvent,
  startOfRegistration,
} from "./registration.ts";

/** Drives a registration and remembers where it is. */
class Course {
  course: RegistrationCourse = startOfRegistration.course;

  on(event: RegistrationEvent, random = 1): readonly RegistrationEffect[] {
    const step = proceed(this.course, event, () => random);
    this.course = step.course;
    return step.effects;
  }

  connected(): readonly RegistrationEffect[] {
    return this.on({ type: "connected" });
  }

  waited(): readonly RegistrationEffect[] {
    return this.on({ type: "waited" });
  }

  lost(retryable = true): readonly RegistrationEffect[] {
    return this.on({ type: "connectionLost", error: dropped, retryable });
  }

  answer(
    status: number,
    body: object = {},
    retryAfterMs?: number,
    random = 1,
  ): readonly RegistrationEffect[] {
    return this.on({ type: "answer", answer: answerOf(status, body, retryAfterMs) }, random);
  }

  /** Up to the first wait of an operation. */
  static assigning(): Course {
    const course = new Course();
    course.connected();
    course.answer(202, assigning, 3000);
    return course;
  }
}

const dropped = new ConnectionDroppedError("connection_dropped", "lost");
const assigning = { operationId: "5.op", status: "assigning" };
const assigned = { operationId: "5.op", status: "assigned", registrationState: { deviceId: "d1" } };

function answerOf(status: number, fields: object, retryAfterMs?: number): RegistrationResponse {
  const body = { ...fields };
  return { status, retryAfterMs, result: readRegistration(body), body };
}

describe("a registration", () => {
  it("connects, registers, polls and succeeds", () => {
    const course = new Course();
    expect(startOfRegistration.effects).toEqual([{ type: "connect" }]);
    expect(course.connected()).toEqual([{ type: "register" }]);
    expect(course.answer(202, assigning, 3000)).toEqual([{ type: "wait", ms: 3000, assigning: true }]);
    expect(course.waited()).toEqual([{ type: "poll", operationId: "5.op" }]);
    expect(course.answer(202, assigning, 7000)).toEqual([{ type: "wait", ms: 7000, assigning: true }]);
    course.waited();
    expect(course.answer(200, assigned)).toMatchObject([
      { type: "succeed", result: { status: "assigned", registrationState: { deviceId: "d1" } } },
    ]);
    expect(course.course.phase).toBe("over");
  });

  it("waits two seconds where the service says nothing, and not at all where it says zero", () => {
    const course = new Course();
    course.connected();
    expect(course.answer(202, assigning)).toMatchObject([{ type: "wait", ms: 2000 }]);
    course.waited();
    expect(course.answer(202, assigning, 0)).toMatchObject([{ type: "wait", ms: 0 }]);
  });

  it("succeeds at once when the service has assigned the device already", () => {
    const course = new Course();
    course.connected();
    expect(course.answer(200, assigned)).toMatchObject([{ type: "succeed" }]);
  });

  it("takes 200 with the status assigning for what it says", () => {
    const course = new Course();
    course.connected();
    expect(course.answer(200, assigning, 1000)).toMatchObject([{ type: "wait", ms: 1000, assigning: true }]);
  });
});

describe("a lost connection", () => {
  it("is not made again when the service has never let the device in", () => {
    const course = new Course();
    const error = new ConnectionFailedError("connect_failed", "no way");
    expect(course.on({ type: "connectionLost", error, retryable: true })).toEqual([{ type: "fail", error }]);
  });

  it("before the operation has a name leads to registering again", () => {
    const course = new Course();
    course.connected();
    expect(course.lost()).toEqual([{ type: "wait", ms: 2000, assigning: false }]);
    expect(course.waited()).toEqual([{ type: "connect" }]);
    expect(course.connected()).toEqual([{ type: "register" }]);
  });

  it("while polling goes on with the same operation", () => {
    const course = Course.assigning();
    course.waited();
    expect(course.lost()).toMatchObject([{ type: "wait" }]);
    expect(course.waited()).toEqual([{ type: "connect" }]);
    expect(course.connected()).toEqual([{ type: "poll", operationId: "5.op" }]);
    expect(course.answer(200, assigned)).toMatchObject([{ type: "succeed" }]);
  });

  it("during a wait does not shorten it", () => {
    const course = Course.assigning();
    expect(course.lost()).toEqual([]);
    expect(course.waited()).toEqual([{ type: "connect" }]);
    expect(course.connected()).toEqual([{ type: "poll", operationId: "5.op" }]);
  });

  it("is given up after ten in a row, and when trying again cannot help", () => {
    const course = Course.assigning();
    course.waited();
    for (let n = 1; n <= 10; n++) {
      expect(course.lost(), `loss ${n}`).toMatchObject([{ type: "wait" }]);
      course.waited();
    }
    expect(course.lost()).toEqual([{ type: "fail", error: dropped }]);

    const refused = Course.assigning();
    const error = new CredentialError("not_authorized", "no");
    expect(refused.on({ type: "connectionLost", error, retryable: false })).toEqual([
      { type: "fail", error },
    ]);
  });

  it("after the end changes nothing", () => {
    const course = new Course();
    course.connected();
    course.answer(200, assigned);
    expect(course.lost()).toEqual([]);
    expect(course.waited()).toEqual([]);
    expect(course.connected()).toEqual([]);
  });
});

describe("a service that is busy or broken for a while", () => {
  it.each([429, 500, 503])("is asked again after %i, for longer each time, up to a minute", (status) => {
    const course = new Course();
    course.connected();
    const waits: number[] = [];
    for (let n = 1; n <= 10; n++) {
      const [effect] = course.answer(status);
      if (effect?.type === "wait") waits.push(effect.ms);
      expect(course.waited()).toEqual([{ type: "register" }]);
    }
    expect(waits).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000]);
    expect(course.answer(status)).toMatchObject([{ type: "refuse", answer: { status } }]);
  });

  it("is given the time it asks for, and never less than half of the back-off", () => {
    const course = new Course();
    course.connected();
    expect(course.answer(429, {}, 30_000)).toEqual([{ type: "wait", ms: 30_000, assigning: false }]);
    course.waited();
    expect(course.answer(429, {}, 0, 0)).toEqual([{ type: "wait", ms: 2000, assigning: false }]);
  });

  it("is asked for the same operation again", () => {
    const course = Course.assigning();
    course.waited();
    course.answer(429);
    expect(course.waited()).toEqual([{ type: "poll", operationId: "5.op" }]);
  });

  it("is forgiven once it has answered", () => {
    const course = Course.assigning();
    course.waited();
    course.answer(429);
    course.waited();
    course.answer(202, assigning, 1000);
    expect(course.course.failures).toBe(0);
  });
});

describe("an answer that says no", () => {
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
    const course = new Course();
    course.connected();
    expect(course.answer(status, body)).toMatchObject([{ type: "refuse", answer: { status } }]);
    expect(course.course.phase).toBe("over");
  });

  it("ends it during polling too", () => {
    const course = Course.assigning();
    course.waited();
    expect(course.answer(200, { operationId: "5.op", status: "failed" })).toMatchObject([{ type: "refuse" }]);
  });
});
