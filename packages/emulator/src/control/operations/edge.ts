import type { EmulatorEdge } from "../../api/edge.ts";
import type { EdgeRouteSpec } from "../../hub/deliveries/edge-routes.ts";
import type { Identity } from "../../hub/identities/identity.ts";
import {
  bytes,
  type Field,
  integer,
  json,
  list,
  object,
  optional,
  record,
  ref,
  text,
} from "../../schema/schema.ts";
import { messageProperties } from "../components/message-properties.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type Edge = Omit<EmulatorEdge, "startWorkload" | "workloads"> &
  Pick<ControlMethods, "startWorkload" | "workloads" | "stopWorkload">;

const deviceId: Field<false> = text();
const moduleId: Field<false> = text();

/** Operations on the IoT Edge features. */
export const edgeOperations: Operations<Edge> = {
  inputQueue: {
    method: "GET",
    path: "/devices/{deviceId}/modules/{moduleId}/inputs",
    summary: "Lists the messages queued for the inputs of a module",
    positional: { deviceId, moduleId },
    options: {},
    answer: list(ref("QueuedInputMessage")),
  },
  sendToInput: {
    method: "POST",
    path: "/devices/{deviceId}/modules/{moduleId}/inputs/{inputName}",
    summary: "Sends a message to an input of a module",
    positional: { deviceId, moduleId, inputName: text(), body: bytes(record(), list(json())) },
    options: {
      ...messageProperties,
      properties: optional(record(text())),
      from: optional(object<Identity>({ deviceId, moduleId: optional(moduleId) })),
    },
    status: 202,
    answer: ref("SentMessage"),
  },
  routes: {
    method: "GET",
    path: "/routes",
    summary: "Lists the routes between modules",
    positional: {},
    options: {},
    answer: list(ref("EdgeRoute")),
  },
  addRoute: {
    method: "POST",
    path: "/routes",
    summary: "Routes messages from an output of a module to an input of another module on the same device",
    positional: {},
    options: {
      from: object<EdgeRouteSpec["from"]>({ deviceId, moduleId, output: optional(text()) }),
      to: object<EdgeRouteSpec["to"]>({ moduleId, input: text() }),
    },
    status: 201,
    answer: ref("EdgeRoute"),
  },
  removeRoute: {
    method: "DELETE",
    path: "/routes/{id}",
    summary: "Removes a route",
    positional: { id: text() },
    options: {},
  },
  workloads: {
    method: "GET",
    path: "/workloads",
    summary: "Lists the workload APIs",
    positional: {},
    options: {},
    answer: list(ref("Workload")),
  },
  startWorkload: {
    method: "POST",
    path: "/workloads",
    summary: "Starts a workload API for a module",
    positional: {},
    options: {
      deviceId,
      moduleId,
      port: optional(integer(0, 65_535)),
    },
    status: 201,
    answer: ref("Workload"),
  },
  stopWorkload: {
    method: "DELETE",
    path: "/workloads/{id}",
    summary: "Stops a workload API",
    positional: { id: text() },
    options: {},
  },
};
