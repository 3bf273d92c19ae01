/**
 * Which way a dial of a client goes that is provisioned: pure, driven by `ProvisionedHub`.
 *
 *     dial ─▶ hub known? ── yes ──▶ connect ── refused ──▶ register ──▶ connect ── refused ──▶ fail
 *                └─ no ──▶ register ──▶ connect
 *
 * A dial registers once at most. Between dials there is the back-off of the connection, so there is no storm.
 */
export interface AssignmentCourse {
  /** What is known of the hub; it is `refused` from when it turns the device away until there is a new assignment. */
  readonly hub: "unknown" | "known" | "refused";
  /** Whether this dial has registered. */
  readonly asked: boolean;
  /** Dials in a row that did not get to the hub. */
  readonly unreached: number;
  /** After so many of them the service is asked whether the hub is another one now. */
  readonly patience: number;
}

export type AssignmentEvent =
  /** An earlier assignment was found. */
  | "found"
  | "dial"
  | "assigned"
  | "notAssigned"
  /** The hub does not know the device, or not any more. */
  | "refused"
  /** The hub was not reached, or is not well. */
  | "unreached"
  | "accepted";

export interface AssignmentStep {
  readonly course: AssignmentCourse;
  /** What the dial does next; `fail` ends it with the latest error. */
  readonly next: "connect" | "register" | "fail";
}

/** So many dials in vain take a minute or two with the default back-off: longer than most networks are away. */
export const firstPatience = 16;
const longestPatience = 60;

export const startOfAssignment: AssignmentCourse = {
  hub: "unknown",
  asked: false,
  unreached: 0,
  patience: firstPatience,
};

export function proceedAssignment(course: AssignmentCourse, event: AssignmentEvent): AssignmentStep {
  switch (event) {
    case "found":
      return { course: { ...course, hub: "known" }, next: "connect" };
    case "dial": {
      const begun = { ...course, asked: false };
      if (course.hub !== "known") return { course: begun, next: "register" };
      if (course.unreached < course.patience) return { course: begun, next: "connect" };
      const patience = course.patience + Math.min(course.patience, longestPatience);
      return { course: { ...begun, patience }, next: "register" };
    }
    case "assigned":
      return { course: { ...course, hub: "known", asked: true }, next: "connect" };
    case "notAssigned":
      // Asked only because the hub is out of reach: it may be back.
      if (course.hub === "known") return { course: { ...course, asked: true }, next: "connect" };
      return { course: { ...course, asked: true }, next: "fail" };
    case "refused":
      return { course: { ...course, hub: "refused" }, next: course.asked ? "fail" : "register" };
    case "unreached":
      return { course: { ...course, unreached: course.unreached + 1 }, next: "fail" };
    case "accepted":
      return { course: { ...course, unreached: 0, patience: firstPatience }, next: "connect" };
  }
}
