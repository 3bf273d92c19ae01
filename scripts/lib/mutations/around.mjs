const outbox = { file: "connection/in-flight-window.ts", tests: ["connection/in-flight-window"] };
const line = { file: "connection/in-flight-entry.ts", tests: ["connection/in-flight-window"] };
const keepAlive = { file: "connection/keep-alive.ts", tests: ["connection/keep-alive"] };
const link = { file: "connection/link.ts", tests: ["connection/link"] };
const order = { file: "messages/acknowledgements.ts", tests: ["messages/message-receiver"] };
const ids = { file: "util/id-table.ts", tests: ["util/id-table"] };
const writes = { file: "util/write-coalescer.ts", tests: ["util/write-coalescer"] };

/** What could be wrong around an engine: outbox, keep-alive, link, acknowledgements, tables, writes. @type {import("./mutation.mjs").Listed[]} */
export const around = [
  [
    "what is sent again is not marked",
    outbox,
    "this.#transmit(link, entry, true, now)",
    "this.#transmit(link, entry, false, now)",
  ],
  [
    "what is sent for the first time is marked",
    outbox,
    "this.#transmit(this.#link, entry, false, now)",
    "this.#transmit(this.#link, entry, true, now)",
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
  [
    "what is sent again is in the wrong order",
    outbox,
    "for (const entry of this.#sent.all()) {",
    "for (const entry of this.#sent.all().reverse()) {",
  ],
  [
    "what waits is sent while the connection is full",
    outbox,
    "this.#link?.isFull === false",
    "this.#link !== undefined",
  ],
  ["a message has no place among those in flight", outbox, "    this.#sent.push(entry);\n", ""],
  [
    "one that leaves a line takes those behind it along",
    line,
    "else before.after = after;",
    "else before.after = undefined;",
  ],
  [
    "what was in flight is forgotten at a drop",
    outbox,
    "  detach(): void {",
    "  detach(): void {\n    this.#takeAll();",
  ],
  ["what waits is not sent when room comes", outbox, "if (this.#queue.first !== undefined) this.pump();", ""],
  [
    "what was given up is sent all the same",
    outbox,
    "if (entry.line === this.#queue) this.#queue.remove(entry);",
    "",
  ],
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
    "this.#pingedAt = undefined;\n    this.#session",
    "this.#session",
  ],
  ["a dead connection stays open", link, "    this.abort(error);\n    if (isOpen)", "    if (isOpen)"],
  [
    "a session that broke the protocol stays open",
    link,
    "this.#end(cause instanceof IsoHubError",
    "void (cause instanceof IsoHubError",
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
