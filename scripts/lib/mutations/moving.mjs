const assignment = {
  file: "provisioning/assignment-state.ts",
  tests: ["provisioning/assignment-state", "clients/provisioned"],
};
const hub = { file: "provisioning/provisioned-hub.ts", tests: ["clients/provisioned"] };
const connection = { file: "connection/hub-connection.ts", tests: ["clients/provisioned"] };
const inFlight = {
  file: "connection/in-flight/in-flight-window.ts",
  tests: ["connection/in-flight/in-flight-moving", "clients/provisioned"],
};
const attempt = { file: "connection/attempt/connection-attempt.ts", tests: ["clients/provisioned"] };
const methods = { file: "methods/method-receiver.ts", tests: ["clients/provisioned"] };
const messages = { file: "messages/message-receiver.ts", tests: ["clients/provisioned"] };

/** Faults in a client that finds its hub, and is moved to another one. @type {import("./mutation.mjs").Listed[]} */
export const moving = [
  [
    "registers repeatedly in one connection attempt",
    assignment,
    "hasRegistered ? fail : register",
    'hub === "unknown" ? fail : register',
  ],
  [
    "returns to a hub that has refused the device",
    assignment,
    'to({ ...state, hub: "refused" }',
    "to({ ...state }",
  ],
  [
    "never asks for a new assignment when the hub is unreachable",
    assignment,
    "if (unreached < patience)",
    "if (unreached >= 0)",
  ],
  ["doesn't increase the patience", assignment, "patience: patience + Math.min(", "patience: 0 * Math.min("],
  ["treats every failure as a refusal", hub, 'error.code === "not_authorized"', "error.code !== undefined"],
  [
    "uses a damaged assignment",
    hub,
    "target === undefined || target instanceof Error) {",
    "target === undefined) {",
  ],
  ["doesn't store the assignment", hub, "await this.#store(events);", ""],
  [
    "ends the connection attempt when the storage fails",
    hub,
    "events.onBackgroundError(storageFailed(error));\n    }\n    this.#loaded",
    "throw error;\n    }\n    this.#loaded",
  ],
  ["trusts the session of another hub", connection, "sessionPresent && hub === before", "sessionPresent"],
  ["keeps the state of the previous hub", connection, "this.#events.onMoved();", ""],
  [
    "sends messages to the previous device id",
    connection,
    "    this.#hub = hub;",
    "    this.#hub = before ?? hub;",
  ],
  [
    "forgets messages in flight when the hub changes",
    inFlight,
    "for (const entry of this.#takeAll()) {\n      if",
    "for (const entry of this.#takeAll().filter(({ packetId }) => packetId === 0)) {\n      if",
  ],
  [
    "keeps replies to the previous hub pending",
    inFlight,
    "if (entry.prefix === undefined) this.#fail(entry, answeredTooLate());\n      else if",
    "if (entry.prefix !== undefined &&",
  ],
  [
    "continues a cancelled connection attempt",
    attempt,
    "      if (signal.aborted) return;\n      const fields",
    "      const fields",
  ],
  ["sends a late response to the wrong hub", methods, "if (hub !== this.#hub)", "if (hub < 0)"],
  ["confuses messages of the new hub and the previous one", messages, "this.#acknowledgements.forget();", ""],
];
