import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AssignmentCourse,
  type AssignmentEvent,
  firstPatience,
  proceedAssignment,
  startOfAssignment,
} from "./assignment-course.ts";

/** The course, and what each event led to. */
class Course {
  course: AssignmentCourse = startOfAssignment;

  go(...events: AssignmentEvent[]): string {
    let next = "";
    for (const event of events) {
      const step = proceedAssignment(this.course, event);
      this.course = step.course;
      next = step.next;
    }
    return next;
  }
}

/** The hub is known, and has accepted the client once. */
function known(): Course {
  const course = new Course();
  course.go("dial", "assigned", "accepted");
  return course;
}

describe("proceedAssignment", () => {
  it("registers first, and goes to the hub from then on", () => {
    const course = new Course();
    expect(course.go("dial")).toBe("register");
    expect(course.go("assigned")).toBe("connect");
    expect(course.go("accepted", "dial")).toBe("connect");
  });

  it("goes by an assignment that was found", () => {
    const course = new Course();
    expect(course.go("found", "dial")).toBe("connect");
  });

  it("registers when the hub refuses, once in a dial", () => {
    const course = known();
    expect(course.go("dial", "refused")).toBe("register");
    expect(course.go("assigned")).toBe("connect");
    expect(course.go("refused")).toBe("fail");
  });

  it("does not go back to a hub that has refused, whatever became of the registration", () => {
    const course = known();
    expect(course.go("dial", "refused", "notAssigned")).toBe("fail");
    expect(course.go("dial")).toBe("register");
  });

  it("does not register because a hub is out of reach for a moment", () => {
    const course = known();
    for (let dials = 0; dials < firstPatience; dials++) {
      expect(course.go("dial")).toBe("connect");
      expect(course.go("unreached")).toBe("fail");
    }
    expect(course.go("dial")).toBe("register");
  });

  it("tries the hub it knows when there is no answer to why it is out of reach, and is more patient then", () => {
    const course = known();
    for (let dials = 0; dials < firstPatience; dials++) course.go("dial", "unreached");
    expect(course.go("dial", "notAssigned")).toBe("connect");
    expect(course.go("unreached")).toBe("fail");
    const asked: number[] = [];
    for (let dials = 1; dials < 500; dials++) {
      if (course.go("dial") === "register") asked.push(dials);
      course.go("unreached");
    }
    expect(asked.slice(0, 5)).toEqual([16, 48, 108, 168, 228]);
    course.go("dial", "accepted");
    for (let dials = 0; dials < firstPatience; dials++) course.go("dial", "unreached");
    expect(course.go("dial")).toBe("register");
  });

  it("registers once at most between two dials, whatever happens", () => {
    const events: AssignmentEvent[] = ["dial", "assigned", "notAssigned", "refused", "unreached", "accepted"];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events)), (sequence) => {
        const course = new Course();
        let registering = false;
        let registered = 0;
        for (const event of sequence) {
          // What cannot be: an answer that nobody has asked for, and a hub that speaks while one registers.
          if ((event === "assigned" || event === "notAssigned") !== registering && event !== "dial") continue;
          if (event === "dial") registered = 0;
          registering = course.go(event) === "register";
          if (registering) registered += 1;
          expect(registered).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
