import { type Reducer, to } from "../util/reducer.ts";

/**
 * The hub of a provisioned client, over its connection attempts. `ProvisionedHub` carries the effects out.
 *
 *     attempt ─▶ hub known? ── yes ──▶ connect ── refused ──▶ register ──▶ connect ── refused ──▶ fail
 *                   └─ no ──▶ register ──▶ connect
 *
 * An attempt registers at most once. Attempts are separated by the connection's backoff, so a fleet doesn't flood the service.
 */
export interface AssignmentState {
  /** `refused` from the moment a hub refuses the device until there is a new assignment. */
  readonly hub: "unknown" | "known" | "refused";
  /** Whether this attempt has registered. */
  readonly hasRegistered: boolean;
  /** Attempts in a row that did not reach the hub. */
  readonly unreached: number;
  /** After this many of them, the service is asked whether the device has moved. */
  readonly patience: number;
}

export type AssignmentEvent = {
  readonly type: /** A stored assignment was found. */
    | "found"
    /** A connection attempt begins. */
    | "attempt"
    | "assigned"
    | "notAssigned"
    /** The hub doesn't accept the device (any more). */
    | "refused"
    /** The hub could not be reached, or is unavailable. */
    | "unreached"
    | "accepted";
};

export type AssignmentEffect = {
  /** `fail`: the attempt ends with the latest error. */
  readonly type: "connect" | "register" | "fail";
};

/** With the default backoff, this many attempts take a minute or two, which is longer than most network outages. */
export const firstPatience = 16;
const longestPatience = 60;

export const initialAssignmentState: AssignmentState = {
  hub: "unknown",
  hasRegistered: false,
  unreached: 0,
  patience: firstPatience,
};

const connect: AssignmentEffect = { type: "connect" };
const register: AssignmentEffect = { type: "register" };
const fail: AssignmentEffect = { type: "fail" };

/** Decides when a provisioned client registers. */
export const reduceAssignment: Reducer<AssignmentState, AssignmentEvent, AssignmentEffect> = (
  state,
  { type },
) => {
  const { hub, hasRegistered, unreached, patience } = state;
  switch (type) {
    case "found":
      return to({ ...state, hub: "known" });
    case "attempt": {
      const begun = { ...state, hasRegistered: false };
      if (hub !== "known") return to(begun, register);
      if (unreached < patience) return to(begun, connect);
      return to({ ...begun, patience: patience + Math.min(patience, longestPatience) }, register);
    }
    case "assigned":
      return to({ ...state, hub: "known", hasRegistered: true }, connect);
    case "notAssigned":
      // A known hub that was out of reach may be back.
      return to({ ...state, hasRegistered: true }, hub === "known" ? connect : fail);
    case "refused":
      return to({ ...state, hub: "refused" }, hasRegistered ? fail : register);
    case "unreached":
      return to({ ...state, unreached: unreached + 1 }, fail);
    case "accepted":
      return to({ ...state, unreached: 0, patience: firstPatience });
  }
};
