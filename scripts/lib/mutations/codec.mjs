const parser = { file: "mqtt/lean/packet-parser.ts", tests: ["mqtt/lean/packet-parser"] };
const rules = { file: "mqtt/lean/packet-rules.ts", tests: ["mqtt/lean/packet-parser"] };
const requests = {
  file: "mqtt/lean/request-packets.ts",
  tests: ["mqtt/lean/request-packets", "mqtt/engine"],
};
const publish = { file: "mqtt/publish-packet.ts", tests: ["mqtt/publish-packet"] };
const block = { file: "mqtt/packet-block.ts", tests: ["mqtt/publish-packet", "mqtt/lean/request-packets"] };

/** What could be wrong with the reading and the writing of packets. @type {import("./mutation.mjs").Listed[]} */
export const codec = [
  ["DUP is not written", publish, "(dup ? 8 : 0)", "0"],
  ["QoS is not written", publish, "(qos << 1)", "0"],
  [
    "a packet id is written the wrong way round",
    publish,
    "block[end++] = packetId >> 8;",
    "block[end++] = packetId & 0xff;",
  ],
  ["a remaining length of two bytes is written as one", block, "rest < 0x80 ? 3", "rest < 0x81 ? 3"],
  [
    "the last byte of a block is lost",
    parser,
    "this.#keep(block, rest, block.length, block.length - rest);",
    "this.#keep(block, rest, block.length - 1, block.length - rest);",
  ],
  [
    "the first byte of a block is lost when a packet was cut",
    parser,
    "return at + taken;",
    "return at + taken + 1;",
  ],
  [
    "a run of PUBACKs loses its last one",
    parser,
    "const last = block.length - 4;",
    "const last = block.length - 4; if (block.length > 8) block = block.subarray(0, -4);",
  ],
  [
    "a packet id is read the wrong way round",
    parser,
    "((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)",
    "((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)",
  ],
  ["a payload is written over by the next packet", parser, "      this.#begun = none;\n", ""],
  ["a packet id of 0 is taken", parser, "} else if (value === 0) {", "} else if (value < 0) {"],
  [
    "a message with a packet id of 0 is taken",
    parser,
    "else if (packetId === 0) wrong",
    "else if (packetId === -1) wrong",
  ],
  ["bad UTF-8 is taken", parser, "return fromUtf8(", "return new TextDecoder().decode("],
  ["a wildcard in a topic is taken", parser, "/[#+\\0]/.test(topic)", "false"],
  ["a topic may be longer than its packet", parser, "if (start > end)", "if (start > end + 9)"],
  ["a length of five bytes is taken", parser, "count < 4", "count < 5"],
  ["reserved flags of CONNACK are not looked at", parser, "if (flags > 1)", "if (flags > 255)"],
  ["a refusal may have a session", parser, "flags === 1 && returnCode !== 0", "flags === 9"],
  ["return codes of SUBACK are not looked at", parser, "code > 2 && code !== 0x80", "code > 255"],
  ["it reads on after stop", parser, "block[at + 1] === 2 && !this.#over", "block[at + 1] === 2"],
  [
    "a packet takes all that it says of its length",
    parser,
    "new Uint8Array(Math.max(needed, Math.min(most, this.#begun.length * 2)))",
    "new Uint8Array(Math.max(needed, most))",
  ],
  [
    "reserved flags are not looked at",
    rules,
    "if (!isPublish && (head & 0x0f) !== 0)",
    "if (!isPublish && head === 0)",
  ],
  ["DUP at QoS 0 is taken", rules, "(head & 0x0a) === 8", "head === 0"],
  ["QoS 2 is taken", rules, "if ((head & 4) !== 0)", "if ((head & 6) === 6)"],
  [
    "packets of a client are taken",
    rules,
    "if (bodyLengths[type] === undefined)",
    "if (type === 0 || type === 15)",
  ],
  [
    "lengths are not looked at",
    rules,
    "if (length >= least && length <= most) return undefined;",
    "if (length <= largestPacketBytes) return undefined;",
  ],
  [
    "a packet may be twice as large",
    rules,
    "largestPacketBytes = 1_048_576",
    "largestPacketBytes = 2_097_152",
  ],
  [
    "CONNECT asks for a clean session when it should not",
    requests,
    "(cleanSession ? 2 : 0)",
    "(cleanSession ? 0 : 2)",
  ],
  ["CONNECT has no password flag", requests, "(password === undefined ? 0 : 0x40)", "0"],
  ["CONNECT has another keep-alive", requests, "uint16(keepAliveSeconds)", "uint16(keepAliveSeconds + 1)"],
  ["SUBSCRIBE lacks its reserved flag", requests, "encode(0x82", "encode(0x80"],
  ["SUBSCRIBE loses its QoS", requests, "[topic(filter), qos]", "[topic(filter), 0]"],
  ["a text too long for MQTT is cut", block, "bytes > 0xffff", "bytes > 0xfffff"],
];
