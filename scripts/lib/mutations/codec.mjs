const parser = { file: "mqtt/lean/packet-parser.ts", tests: ["mqtt/lean/packet-parser"] };
const rules = { file: "mqtt/lean/packet-rules.ts", tests: ["mqtt/lean/packet-parser"] };
const requests = {
  file: "mqtt/lean/request-packets.ts",
  tests: ["mqtt/lean/request-packets", "mqtt/engine"],
};
const publish = { file: "mqtt/publish-packet.ts", tests: ["mqtt/publish-packet"] };
const telemetry = { file: "messages/telemetry-packet.ts", tests: ["messages/telemetry-packet"] };
const percent = { file: "mqtt/packet-block.ts", tests: ["messages/telemetry-packet"] };
const block = { file: "mqtt/packet-block.ts", tests: ["mqtt/publish-packet", "mqtt/lean/request-packets"] };

/** Faults in reading and writing packets. @type {import("./mutation.mjs").Listed[]} */
export const codec = [
  ["omits DUP", publish, "(dup ? dupFlag : 0)", "0"],
  ["omits the QoS", publish, "(qos << 1)", "0"],
  [
    "writes packet ids with a wrong high byte",
    publish,
    "packet[at] = packetId >> 8;",
    "packet[at] = packetId & 0xff;",
  ],
  ["sends a message again without DUP", publish, "dup ? qos1 | dupFlag : qos1", "qos1"],
  ["keeps a part of the previous topic", publish, ".subarray(length)", ".subarray(length - 1)"],
  ["writes a two-byte remaining length as one byte", block, "length < 0x80 ? 2", "length < 0x81 ? 2"],
  ["doesn't move the body behind a longer head", block, "end += size - usualHead;", ""],
  ["loses what is written when a block is full", block, "next.set(block.subarray(start, end));", ""],
  [
    "reads properties while their packet is written",
    telemetry,
    "  beginPacket();\n  beginString();\n  putBytes(prefix);\n",
    "  beginPacket();\n  beginString();\n  putBytes(prefix);\n  readProperties(source, body, []);\n",
  ],
  ["escapes the beginning of a property twice", percent, "text.slice(at)", "text"],
  ["counts the names of system properties", telemetry, "uncounted += field.key.length;", ""],
  ["reuses the space of the previous packet", block, "  start = end;\n", ""],
  [
    "loses the last byte of a chunk",
    parser,
    "this.#keep(block, end, block.length, block.length - end);",
    "this.#keep(block, rest, block.length - 1, block.length - rest);",
  ],
  [
    "loses the first byte of a chunk after a split packet",
    parser,
    "return at + taken;",
    "return at + taken + 1;",
  ],
  [
    "loses the last PUBACK of a sequence",
    parser,
    "const last = block.length - 4;",
    "const last = block.length - 4; if (block.length > 8) block = block.subarray(0, -4);",
  ],
  [
    "reads packet ids as little-endian",
    { ...block, tests: parser.tests },
    "((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)",
    "((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)",
  ],
  ["overwrites a payload with the next packet", parser, "      this.#begun = none;\n", ""],
  ["accepts packet id 0", parser, "} else if (value === 0) {", "} else if (value < 0) {"],
  [
    "accepts a message with packet id 0",
    parser,
    "else if (packetId === 0) wrong",
    "else if (packetId === -1) wrong",
  ],
  ["accepts invalid UTF-8", parser, "return fromUtf8(", "return new TextDecoder().decode("],
  ["accepts wildcards in a topic", parser, "topic.includes(one)", "false"],
  ["accepts a topic that is longer than its packet", parser, "if (start > end)", "if (start > end + 9)"],
  ["accepts a remaining length of five bytes", parser, "count < 4", "count < 5"],
  ["accepts reserved CONNACK flags", parser, "if (flags > 1)", "if (flags > 255)"],
  ["accepts a refusal with a session", parser, "flags === 1 && returnCode !== 0", "flags === 9"],
  ["accepts any SUBACK return code", parser, "code > 2 && code !== 0x80", "code > 255"],
  ["keeps reading after stop", parser, "block[at + 1] === 2 && !this.#over", "block[at + 1] === 2"],
  [
    "allocates the full announced length at once",
    { ...parser, file: "mqtt/incomplete-packet.ts" },
    "new Uint8Array(Math.max(needed, Math.min(size, packet.length * 2)))",
    "new Uint8Array(Math.max(needed, size))",
  ],
  [
    "accepts reserved flags",
    rules,
    "if (!isPublish && (head & 0x0f) !== 0)",
    "if (!isPublish && head === 0)",
  ],
  ["accepts DUP at QoS 0", rules, "(head & 0x0a) === 8", "head === 0"],
  ["accepts QoS 2", rules, "if ((head & 4) !== 0)", "if ((head & 6) === 6)"],
  [
    "accepts packets that only clients send",
    rules,
    "if (bodyLengths[type] === undefined)",
    "if (type === 0 || type === 15)",
  ],
  [
    "accepts wrong packet lengths",
    rules,
    "if (length >= shortest && length <= longest) return undefined;",
    "if (length <= largestPacketBytes) return undefined;",
  ],
  [
    "accepts packets of twice the size",
    rules,
    "largestPacketBytes = 1_048_576",
    "largestPacketBytes = 2_097_152",
  ],
  ["inverts the clean-session flag of CONNECT", requests, "(cleanSession ? 2 : 0)", "(cleanSession ? 0 : 2)"],
  ["omits the password flag of CONNECT", requests, "(password === undefined ? 0 : 0x40)", "0"],
  ["changes the keep-alive of CONNECT", requests, "uint16(keepAliveSeconds)", "uint16(keepAliveSeconds + 1)"],
  ["omits the reserved flag of SUBSCRIBE", requests, "encode(0x82", "encode(0x80"],
  ["loses the QoS of SUBSCRIBE", requests, "[topic(filter), qos]", "[topic(filter), 0]"],
  ["truncates strings that are too long for MQTT", block, "bytes > 0xffff", "bytes > 0xfffff"],
];
