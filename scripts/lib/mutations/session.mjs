const lean = { file: "mqtt/lean/lean-session.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };
const writer = { file: "mqtt/packet-writer.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };

/** Faults in a session of the lean engine, and in the writer of both engines. @type {import("./mutation.mjs").Listed[]} */
export const session = [
  ["sends PUBACK with the id of another message", writer, "putUint16(packetId);", "putUint16(packetId + 1);"],
  ["doesn't report PUBACK", lean, "if (this.#checkOpen()) this.#events.onPuback(packetId);", ""],
  [
    "sends packets while the connection is full",
    writer,
    "if (this.#full) this.#held.push(packet);\n    else if",
    "if",
  ],
  ["sends held packets in reverse order", writer, "this.#held.push(packet)", "this.#held.unshift(packet)"],
  [
    "loses the first held packet",
    writer,
    "for (const packet of held)",
    "for (const packet of held.slice(1))",
  ],
  [
    "queues pings behind messages",
    writer,
    "this.#writeNow(Uint8Array.of(0xc0, 0));",
    "this.publish(Uint8Array.of(0xc0, 0));",
  ],
  ["keeps sending after stop", writer, "    this.#stopped = true;", ""],
  [
    "accepts packets before CONNACK",
    lean,
    "if (!this.#isOpen) this.onMalformed(",
    "if (this.isStopped) this.onMalformed(",
  ],
  ["accepts a second CONNACK", lean, "if (this.#isOpen) {", "if (this.isStopped) {"],
  [
    "keeps the session open after a refusal",
    lean,
    "      this.stop();\n      this.#events.onRefused",
    "      this.#events.onRefused",
  ],
  [
    "ignores a SUBACK without SUBSCRIBE",
    lean,
    "if (request === undefined || request",
    "if (request === undefined) return;\n    if (request",
  ],
  [
    "accepts any number of SUBACK return codes",
    lean,
    "request.filters !== granted?.length",
    "(request.filters === undefined) !== (granted === undefined)",
  ],
  [
    "accepts UNSUBACK as the response to SUBSCRIBE",
    lean,
    "request.filters !== granted?.length",
    "(granted !== undefined && request.filters !== granted.length)",
  ],
  [
    "uses packet ids of messages for requests",
    lean,
    "#lastRequestId = highestPublishId;",
    "#lastRequestId = 0;",
  ],
  [
    "reuses packet ids of pending requests",
    lean,
    "while (this.#requests.some((one) => one.packetId === this.#lastRequestId));",
    "while (false);",
  ],
];
