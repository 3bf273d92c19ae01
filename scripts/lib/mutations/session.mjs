const lean = { file: "mqtt/lean/lean-session.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };
const writer = { file: "mqtt/packet-writer.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };

/** What could be wrong with a session of the lean engine, and with what both engines send with. @type {import("./mutation.mjs").Listed[]} */
export const session = [
  [
    "a PUBACK has the id of another message",
    writer,
    "packetId >> 8, packetId & 0xff",
    "packetId >> 8, (packetId + 1) & 0xff",
  ],
  ["a PUBACK is told to nobody", lean, "if (this.#mayCome()) this.#events.onPuback(packetId);", ""],
  [
    "a packet is sent while the connection is full",
    writer,
    "if (this.#full) this.#held.push(packet);\n    else if",
    "if",
  ],
  [
    "what was held back goes out in the wrong order",
    writer,
    "this.#held.push(packet)",
    "this.#held.unshift(packet)",
  ],
  [
    "the first that was held back is lost",
    writer,
    "for (const packet of held)",
    "for (const packet of held.slice(1))",
  ],
  [
    "a ping waits behind messages",
    writer,
    "this.#writeNow(Uint8Array.of(0xc0, 0));",
    "this.write(Uint8Array.of(0xc0, 0));",
  ],
  ["it sends on after stop", writer, "    this.#stopped = true;", ""],
  [
    "a packet before CONNACK is taken",
    lean,
    "if (!this.#isOpen) this.onMalformed(",
    "if (this.isStopped) this.onMalformed(",
  ],
  ["a second CONNACK is taken", lean, "if (this.#isOpen) {", "if (this.isStopped) {"],
  [
    "a refusal does not end the session",
    lean,
    "      this.stop();\n      this.#events.onRefused",
    "      this.#events.onRefused",
  ],
  [
    "a SUBACK without SUBSCRIBE is let go",
    lean,
    "if (request === undefined || request",
    "if (request === undefined) return;\n    if (request",
  ],
  [
    "a SUBACK may have any number of return codes",
    lean,
    "request.filters !== granted?.length",
    "(request.filters === undefined) !== (granted === undefined)",
  ],
  [
    "an UNSUBACK answers a SUBSCRIBE",
    lean,
    "request.filters !== granted?.length",
    "(granted !== undefined && request.filters !== granted.length)",
  ],
  [
    "packet ids of requests run into those of messages",
    lean,
    "#lastRequestId = highestPublishId;",
    "#lastRequestId = 0;",
  ],
  [
    "packet ids of requests are used again",
    lean,
    "while (this.#requests.some((one) => one.packetId === this.#lastRequestId));",
    "while (false);",
  ],
];
