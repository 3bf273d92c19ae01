import type { AuthenticationOptions } from "../../hub/identities/authentication.ts";
import type { AssignedTwin } from "../../provisioning/hub-devices.ts";
import { choice, flag, list, object, optional, record, ref, text } from "../../schema/schema.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";
import { credentials } from "./identities.ts";

/** The operations by which hubs of several processes join. */
export type JoinMethods = Pick<
  ControlMethods,
  "joinedHubs" | "joinHub" | "leaveHub" | "certifyHub" | "joinStatus" | "assignDevice"
>;

/** Operations between hubs of several processes. */
export const joiningOperations: Operations<JoinMethods> = {
  joinedHubs: {
    method: "GET",
    path: "/joined-hubs",
    summary: "Lists the hubs of other processes that have joined",
    positional: {},
    options: {},
    answer: list(ref("JoinedHub")),
  },
  joinHub: {
    method: "POST",
    path: "/joined-hubs",
    summary: "Links a hub of another process to the provisioning service; joining hubs call it",
    positional: { name: text() },
    options: {
      instance: text(),
      version: text(),
      host: text(),
      plainHost: text(),
      controlUrl: text(),
      controlToken: optional(text()),
      ca: text("PEM"),
    },
    answer: ref("JoinAnswer"),
  },
  leaveHub: {
    method: "DELETE",
    path: "/joined-hubs/{name}",
    summary: "Assigns no more devices to a joined hub; hubs that close call it",
    positional: { name: text(), instance: text() },
    options: {},
  },
  certifyHub: {
    method: "POST",
    path: "/joined-hubs/certificate",
    summary: "Issues a server certificate to a joining hub, for its own key",
    positional: { names: list(text()), publicKey: text("PEM") },
    options: {},
    answer: ref("IssuedServerCertificate"),
  },
  joinStatus: {
    method: "GET",
    path: "/join",
    summary: "Returns the hub that this one has joined",
    positional: {},
    options: {},
    answer: ref("JoinStatus"),
  },
  assignDevice: {
    method: "POST",
    path: "/devices/{deviceId}/assignment",
    summary: "Creates a device, or changes its credentials, for the provisioning service of another hub",
    positional: { deviceId: text() },
    options: {
      credentials: object<AuthenticationOptions>(credentials),
      twin: object<AssignedTwin>({
        how: choice("initial", "reset", "adopt"),
        tags: optional(record()),
        desired: optional(record()),
        reported: optional(record()),
      }),
    },
    answer: flag(),
    answerIn: "existed",
  },
};
