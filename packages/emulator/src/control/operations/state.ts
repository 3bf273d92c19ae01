import type { EmulatorState } from "../../api/state.ts";
import { json, optional, record } from "../../schema/schema.ts";
import type { Operations } from "../operation.ts";

/** Operations on the whole state. */
export const stateOperations: Operations<EmulatorState> = {
  reset: {
    method: "POST",
    path: "/reset",
    summary: "Returns all hubs to the state in which they began",
    positional: {},
    options: {},
  },
  exportState: {
    method: "GET",
    path: "/state",
    summary: "Exports the state of all hubs as a document",
    positional: {},
    options: {},
    answer: record(),
  },
  importState: {
    method: "POST",
    path: "/state",
    summary: "Replaces the state of all hubs with a document",
    maxBodyBytes: 256 * 1024 * 1024,
    positional: {},
    // The schema of the configuration file describes them.
    options: {
      policies: optional(json()),
      devices: optional(json()),
      caCertificates: optional(json()),
      routes: optional(json()),
      eventHubs: optional(json()),
      messageRoutes: optional(json()),
      hubs: optional(json()),
      joinedHubs: optional(json()),
      enrollments: optional(json()),
      enrollmentGroups: optional(json()),
      snapshot: optional(json()),
    },
  },
};
