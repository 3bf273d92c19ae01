/**
 * What could be wrong with the engine and what stands around it, and who must notice.
 *
 * @typedef {object} Mutation
 * @property {string} name
 * @property {string} file in packages/core/src
 * @property {string} from occurs once in it
 * @property {string} to
 * @property {string[]} tests in packages/core/src; at least one of them must fail
 */

const parser = { file: "mqtt/lean/packet-parser.ts", tests: ["mqtt/lean/packet-parser"] };
const rules = { file: "mqtt/lean/packet-rules.ts", tests: ["mqtt/lean/packet-parser"] };
const session = { file: "mqtt/lean/lean-session.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };
const requests = {
  file: "mqtt/lean/request-packets.ts",
  tests: ["mqtt/lean/request-packets", "mqtt/engine"],
};
const writer = { file: "mqtt/packet-writer.ts", tests: ["mqtt/lean/lean-session", "mqtt/engine"] };
const publish = { file: "mqtt/publish-packet.ts", tests: ["mqtt/publish-packet"] };
const outbox = { file: "connection/outbox.ts", tests: ["connection/outbox"] };
const keepAlive = { file: "connection/keep-alive.ts", tests: ["connection/keep-alive"] };
const link = { file: "connection/link.ts", tests: ["connection/link"] };
const order = { file: "messages/acknowledgements.ts", tests: ["messages/message-receiver"] };
const ids = { file: "util/id-table.ts", tests: ["util/id-table"] };
const writes = { file: "util/write-coalescer.ts", tests: ["util/write-coalescer"] };

/** @type {[name: string, where: { file: string, tests: string[] }, from: string, to: string][]} */
const list = [
  ["DUP is not written", publish, "(dup ? 8 : 0)", "0"],
  ["QoS is not written", publish, "(qos << 1)", "0"],
  [
    "a packet id is written the wrong way round",
    publish,
    "block[end++] = packetId >> 8;",
    "block[end++] = packetId & 0xff;",
  ],
  [
    "a remaining length of two bytes is written as one",
    publish,
    "remaining < 0x80 ? 2",
    "remaining < 0x81 ? 2",
  ],

  [
    "what is sent again is not marked",
    outbox,
    "this.#transmit(link, entry, true, now)",
    "this.#transmit(link, entry, false, now)",
  ],
  [
    "what is sent for the first time is marked",
    outbox,
    "this.#transmit(link, entry, false, now)",
    "this.#transmit(link, entry, true, now)",
  ],
  [
    "a packet id that is in flight is used again",
    outbox,
    "while (this.#inFlight.has(this.#lastId));",
    "while (false);",
  ],
  [
    "packet ids run into those of SUBSCRIBE",
    outbox,
    "this.#lastId >= highestPublishId",
    "this.#lastId >= 0xffff",
  ],
  ["any number is in flight", outbox, "this.#inFlight.size < this.#limit", "true"],
  [
    "one more than the limit is in flight",
    outbox,
    "this.#inFlight.size < this.#limit",
    "this.#inFlight.size <= this.#limit",
  ],
  ["what is sent again is in the wrong order", outbox, "a.order - b.order", "b.order - a.order"],
  ["what waits is sent while the connection is full", outbox, " && !link.isFull", ""],
  [
    "what was in flight is forgotten at a drop",
    outbox,
    "  detach(): void {",
    "  detach(): void {\n    this.#inFlight.clear();",
  ],
  ["what waits is not sent when room comes", outbox, "if (this.#head < this.#queue.length) this.pump();", ""],
  [
    "what was given up is sent all the same",
    outbox,
    "if (entry !== undefined && !entry.settled) this.#send",
    "if (entry !== undefined) this.#send",
  ],

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
    "the last byte of a block is lost",
    parser,
    "this.#have = block.length - rest;",
    "this.#have = block.length - rest - 1;",
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
  [
    "a payload is written over by the next packet",
    parser,
    "      this.#begun = new Uint8Array(longestHead);\n",
    "",
  ],
  [
    "a packet id of 0 is taken",
    parser,
    "if (packetId === 0) {\n      this.#fail(`packet type",
    "if (packetId < 0) {\n      this.#fail(`packet type",
  ],
  [
    "a message with a packet id of 0 is taken",
    parser,
    'if (packetId === 0) {\n      this.#fail("a PUBLISH',
    'if (packetId === -1) {\n      this.#fail("a PUBLISH',
  ],
  ["bad UTF-8 is taken", parser, "return fromUtf8(", "return new TextDecoder().decode("],
  ["a wildcard in a topic is taken", parser, "/[#+\\0]/.test(topic)", "false"],
  ["a topic may be longer than its packet", parser, "if (payloadStart > end)", "if (payloadStart > end + 9)"],
  ["a length of five bytes is taken", parser, "count < 4", "count < 5"],
  ["reserved flags of CONNACK are not looked at", parser, "if (flags > 1)", "if (flags > 255)"],
  ["a refusal may have a session", parser, "flags === 1 && returnCode !== 0", "flags === 9"],
  ["return codes of SUBACK are not looked at", parser, "code > 2 && code !== 0x80", "code > 255"],
  ["it reads on after stop", parser, "block[at + 1] === 2 && !this.#over", "block[at + 1] === 2"],
  [
    "a packet takes all that it says of its length",
    parser,
    "new Uint8Array(Math.min(most, Math.max(needed, this.#begun.length * 2)))",
    "new Uint8Array(most)",
  ],

  ["reserved flags are not looked at", rules, "(head & 0x0f) === 0 ?", "true ?"],
  ["DUP at QoS 0 is taken", rules, "qos === 0 && (head & 8) !== 0", "qos === 9"],
  ["QoS 2 is taken", rules, "if (qos === 2)", "if (qos === 9)"],
  ["packets of a client are taken", rules, "if (reason !== undefined) return reason;", ""],
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
    "a packet before CONNACK is taken",
    session,
    'if (this.#state === "open") return true;',
    'if (this.#state !== "over") return true;',
  ],
  ["a second CONNACK is taken", session, 'if (this.#state !== "connecting")', 'if (this.#state === "over")'],
  [
    "a refusal does not end the session",
    session,
    "      this.stop();\n      this.#events.onRefused",
    "      this.#events.onRefused",
  ],
  [
    "a SUBACK without SUBSCRIBE is let go",
    session,
    "this.onMalformed(`a SUBACK for $",
    "void (`a SUBACK for $",
  ],
  [
    "a SUBACK may have any number of return codes",
    session,
    "request.filters !== granted.length",
    "request.filters > 99",
  ],
  [
    "an UNSUBACK answers a SUBSCRIBE",
    session,
    "request === undefined || request.filters !== undefined",
    "request === undefined",
  ],
  [
    "packet ids of requests run into those of messages",
    session,
    "#lastRequestId = highestPublishId;",
    "#lastRequestId = 0;",
  ],
  [
    "packet ids of requests are used again",
    session,
    "while (this.#requests.has(this.#lastRequestId));",
    "while (false);",
  ],

  [
    "CONNECT asks for a clean session when it should not",
    requests,
    "(cleanSession ? 2 : 0)",
    "(cleanSession ? 0 : 2)",
  ],
  ["CONNECT has no password flag", requests, "(password === undefined ? 0 : 0x40)", "0"],
  ["CONNECT has another keep-alive", requests, "uint16(keepAliveSeconds)", "uint16(keepAliveSeconds + 1)"],
  ["SUBSCRIBE lacks its reserved flag", requests, "packet(0x82", "packet(0x80"],
  ["SUBSCRIBE loses its QoS", requests, "Uint8Array.of(qos)", "Uint8Array.of(0)"],
  ["a text too long for MQTT is cut", requests, "bytes.length > 0xffff", "bytes.length > 0xfffff"],

  [
    "the ping is late after silence of ours",
    keepAlive,
    "Math.min(lastInAt, lastOutAt)",
    "Math.max(lastInAt, lastOutAt)",
  ],
  ["the ping is a keep-alive late", keepAlive, "+ rules.intervalMs;\n  if", "+ 2 * rules.intervalMs;\n  if"],
  [
    "a dead connection is found only after a keep-alive",
    keepAlive,
    "pingedAt + rules.pingTimeoutMs",
    "pingedAt + rules.intervalMs",
  ],
  [
    "a message without PUBACK is no reason to ping",
    keepAlive,
    "if (unackedSince !== undefined)",
    "if (unackedSince === -1)",
  ],
  [
    "no second ping is sent while one is awaited",
    keepAlive,
    'now >= due ? { type: "ping" } : { type: "wait", until: Math.min(deadline, due) }',
    '{ type: "wait", until: deadline }',
  ],

  [
    "an answer does not end the wait for it",
    link,
    "this.#pingedAt = undefined;\n          this.#session",
    "this.#session",
  ],
  ["a dead connection stays open", link, "this.abort();\n      this.#events.onLost", "this.#events.onLost"],
  [
    "a session that broke the protocol stays open",
    link,
    "onProtocolError: (error) =>\n          this.#end(",
    "onProtocolError: (error) =>\n          void (",
  ],

  [
    "a failed message is acknowledged",
    order,
    'first?.state === "done"',
    'first !== undefined && first.state !== "open"',
  ],
  [
    "acknowledgements overtake each other",
    order,
    "this.#open.shift();\n      first.link",
    "this.#open.pop();\n      first.link",
  ],

  [
    "two ids in one place are taken for one",
    ids,
    "return this.#ids[this.#slot(id)] === id;",
    "return this.#ids[this.#slot(id)] !== 0;",
  ],
  [
    "a full connection is not told of",
    writes,
    "if (!this.#write(whole)) this.#full = true;",
    "this.#write(whole);",
  ],
  ["blocks of one tick run into each other", writes, "at += block.length;", "at += block.length - 1;"],
];

/** @type {Mutation[]} */
export const mutations = list.map(([name, { file, tests }, from, to]) => ({ name, file, from, to, tests }));
