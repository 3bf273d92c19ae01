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
  [
    "a PUBACK is awaited for no message",
    writer,
    "if (message.qos === 1) this.#unacknowledged.set(message.packetId, done);",
    "",
  ],
  [
    "QoS 0 is done before it is sent",
    writer,
    "    if (message.qos === 1) this",
    "    if (message.qos === 0) return done();\n    if (message.qos === 1) this",
  ],
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
    "if (!this.#stopped) this.#connection.send(pingRequest);",
    "this.send(pingRequest);",
  ],
  ["it sends on after stop", writer, "    this.#stopped = true;", ""],
  [
    "a packet before CONNACK is taken",
    lean,
    'if (this.#state === "open") return true;',
    'if (this.#state !== "over") return true;',
  ],
  ["a second CONNACK is taken", lean, 'if (this.#state !== "connecting")', 'if (this.#state === "over")'],
  [
    "a refusal does not end the session",
    lean,
    "      this.stop();\n      this.#events.onRefused",
    "      this.#events.onRefused",
  ],
  ["a SUBACK without SUBSCRIBE is let go", lean, "this.onMalformed(`a SUBACK for $", "void (`a SUBACK for $"],
  [
    "a SUBACK may have any number of return codes",
    lean,
    "request.filters !== granted.length",
    "request.filters > 99",
  ],
  [
    "an UNSUBACK answers a SUBSCRIBE",
    lean,
    "request === undefined || request.filters !== undefined",
    "request === undefined",
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
    "while (this.#requests.has(this.#lastRequestId));",
    "while (false);",
  ],
];
