const course = {
  file: "provisioning/assignment-course.ts",
  tests: ["provisioning/assignment-course", "clients/provisioned"],
};
const hub = { file: "provisioning/provisioned-hub.ts", tests: ["clients/provisioned"] };
const connection = { file: "connection/hub-connection.ts", tests: ["clients/provisioned"] };
const outbox = {
  file: "connection/in-flight-window.ts",
  tests: ["connection/in-flight-moving", "clients/provisioned"],
};
const dial = { file: "connection/dialer.ts", tests: ["clients/provisioned"] };
const methods = { file: "methods/method-receiver.ts", tests: ["clients/provisioned"] };
const messages = { file: "messages/message-receiver.ts", tests: ["clients/provisioned"] };

/** A client that finds its hub, and comes to another one. @type {import("./mutation.mjs").Listed[]} */
export const moving = [
  [
    "a dial registers over and over",
    course,
    'next: course.asked ? "fail" : "register"',
    'next: course.hub === "unknown" ? "fail" : "register"',
  ],
  [
    "a hub that has refused is gone back to",
    course,
    'course: { ...course, hub: "refused" }',
    "course: { ...course }",
  ],
  [
    "a hub out of reach is never asked after",
    course,
    "if (course.unreached < course.patience)",
    "if (course.unreached >= 0)",
  ],
  [
    "patience does not grow",
    course,
    "const patience = course.patience + Math.min(",
    "const patience = 0 * Math.min(",
  ],
  ["every failure is a refusal", hub, 'error.code === "not_authorized"', "error.code !== undefined"],
  [
    "a damaged assignment is used",
    hub,
    "target === undefined || target instanceof Error) {",
    "target === undefined) {",
  ],
  ["the assignment is not stored", hub, "await this.#store(assignment, events);", ""],
  [
    "a storage that fails ends the dial",
    hub,
    "events.onBackgroundError(storageFailed(error));\n    }\n    this.#loaded",
    "throw error;\n    }\n    this.#loaded",
  ],
  ["another hub's session is trusted", connection, "sessionPresent && isKnown", "sessionPresent"],
  ["the old hub's memory is kept", connection, "this.#events.onMoved();", ""],
  [
    "messages go to the old name",
    connection,
    "if (!isKnown) this.#window",
    "if (before === undefined) this.#window",
  ],
  [
    "what was in flight is forgotten",
    outbox,
    "for (const entry of this.#takeAll()) {\n      if",
    "for (const entry of this.#takeAll().filter(({ packetId }) => packetId === 0)) {\n      if",
  ],
  [
    "replies to another hub wait for ever",
    outbox,
    'if (entry.kind === "reply") this.#fail(entry, answeredTooLate());\n      else if',
    'if (entry.kind !== "reply" &&',
  ],
  [
    "a dial that was given up goes on",
    dial,
    "    if (signal.aborted) return;\n    const clientId",
    "    const clientId",
  ],
  ["a late answer goes to the wrong hub", methods, "if (hub === this.#hub)", "if (hub >= 0)"],
  [
    "a message of the new hub is taken for one of the old",
    messages,
    "this.#acknowledgements.forgetEarlier();",
    "",
  ],
];
