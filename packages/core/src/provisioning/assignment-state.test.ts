import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AssignmentEvent,
  type AssignmentState,
  firstPatience,
  initialAssignmentState,
  reduceAssignment,
} from "./assignment-state.ts";

type EventType = AssignmentEvent["type"];

/** An assignment with its state. */
class Assignment {
  state: AssignmentState = initialAssignmentState;

  /** @returns the effect of the last event */
  go(...types: EventType[]): string | undefined {
    let effect: string | undefined;
    for (const type of types) {
      const { state, effects } = reduceAssignment(this.state, { type }, 0);
      this.state = state;
      effect = effects[0]?.type;
    }
    return effect;
  }
}

/** The hub is known, and has accepted the client once. */
function known(): Assignment {
  const assignment = new Assignment();
  assignment.go("attempt", "assigned", "accepted");
  return assignment;
}

describe("reduceAssignment", () => {
  it("registers first, and connects to the hub from then on", () => {
    const assignment = new Assignment();
    expect(assignment.go("attempt")).toBe("register");
    expect(assignment.go("assigned")).toBe("connect");
    expect(assignment.go("accepted", "attempt")).toBe("connect");
  });

  it("uses a stored assignment", () => {
    const assignment = new Assignment();
    expect(assignment.go("found", "attempt")).toBe("connect");
  });

  it("registers if the hub refuses the device, once per attempt", () => {
    const assignment = known();
    expect(assignment.go("attempt", "refused")).toBe("register");
    expect(assignment.go("assigned")).toBe("connect");
    expect(assignment.go("refused")).toBe("fail");
  });

  it("does not return to a hub that refused the device, even if the registration failed", () => {
    const assignment = known();
    expect(assignment.go("attempt", "refused", "notAssigned")).toBe("fail");
    expect(assignment.go("attempt")).toBe("register");
  });

  it("does not register because a hub is unreachable for a moment", () => {
    const assignment = known();
    for (let attempts = 0; attempts < firstPatience; attempts++) {
      expect(assignment.go("attempt")).toBe("connect");
      expect(assignment.go("unreached")).toBe("fail");
    }
    expect(assignment.go("attempt")).toBe("register");
  });

  it("connects to the known hub if registering fails while it is unreachable, and is more patient afterwards", () => {
    const assignment = known();
    for (let attempts = 0; attempts < firstPatience; attempts++) assignment.go("attempt", "unreached");
    expect(assignment.go("attempt", "notAssigned")).toBe("connect");
    expect(assignment.go("unreached")).toBe("fail");
    const registered: number[] = [];
    for (let attempts = 1; attempts < 500; attempts++) {
      if (assignment.go("attempt") === "register") registered.push(attempts);
      assignment.go("unreached");
    }
    expect(registered.slice(0, 5)).toEqual([16, 48, 108, 168, 228]);
    assignment.go("attempt", "accepted");
    for (let attempts = 0; attempts < firstPatience; attempts++) assignment.go("attempt", "unreached");
    expect(assignment.go("attempt")).toBe("register");
  });

  it("registers at most once per attempt, for any sequence of events", () => {
    const events: EventType[] = ["attempt", "assigned", "notAssigned", "refused", "unreached", "accepted"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        const assignment = new Assignment();
        let registering = false;
        let registered = 0;
        for (const event of sequence) {
          // Impossible: a result without a registration, and an event of the hub during one.
          if ((event === "assigned" || event === "notAssigned") !== registering && event !== "attempt")
            continue;
          if (event === "attempt") registered = 0;
          registering = assignment.go(event) === "register";
          if (registering) registered += 1;
          expect(registered).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
