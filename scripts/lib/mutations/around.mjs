const inFlight = {
  file: "connection/in-flight/in-flight-window.ts",
  tests: ["connection/in-flight/in-flight-window"],
};
const entryList = {
  file: "connection/in-flight/in-flight-entry.ts",
  tests: ["connection/in-flight/in-flight-window"],
};
const keepAlive = {
  file: "connection/link/keep-alive-state.ts",
  tests: ["connection/link/keep-alive-state"],
};
const link = { file: "connection/link/link.ts", tests: ["connection/link/link"] };
const liveLink = { file: "connection/link/link.ts", tests: ["clients/staying-connected"] };
const order = { file: "messages/acknowledgements.ts", tests: ["messages/message-receiver"] };
const ids = { file: "util/id-table.ts", tests: ["util/id-table"] };
const writes = { file: "util/write-coalescer.ts", tests: ["util/write-coalescer"] };

/** Faults around an engine: in-flight window, keep-alive, link, acknowledgements, id table, writes. @type {import("./mutation.mjs").Listed[]} */
export const around = [
  [
    "resends without DUP",
    inFlight,
    "this.#transmit(link, entry, true, now)",
    "this.#transmit(link, entry, false, now)",
  ],
  [
    "sets DUP on the first transmission",
    inFlight,
    "this.#transmit(this.#link, entry, false, now)",
    "this.#transmit(this.#link, entry, true, now)",
  ],
  [
    "reuses a packet id that is in flight",
    inFlight,
    "while (this.#inFlight.has(this.#lastId));",
    "while (false);",
  ],
  [
    "uses packet ids of SUBSCRIBE for messages",
    inFlight,
    "this.#lastId >= highestPublishId",
    "this.#lastId >= 0xffff",
  ],
  ["ignores the limit of messages in flight", inFlight, "this.#inFlight.size < this.#limit", "true"],
  [
    "allows one more message in flight",
    inFlight,
    "this.#inFlight.size < this.#limit",
    "this.#inFlight.size <= this.#limit",
  ],
  [
    "resends in reverse order",
    inFlight,
    "for (const entry of this.#sent.all()) {",
    "for (const entry of this.#sent.all().reverse()) {",
  ],
  [
    "sends queued messages while the connection is full",
    inFlight,
    "this.#link?.isFull === false",
    "this.#link !== undefined",
  ],
  ["doesn't record a message as in flight", inFlight, "    this.#sent.push(entry);\n", ""],
  [
    "drops the entries after a removed one",
    entryList,
    "else before.after = after;",
    "else before.after = undefined;",
  ],
  [
    "forgets messages in flight when the connection is lost",
    inFlight,
    "  detach(): void {",
    "  detach(): void {\n    this.#takeAll();",
  ],
  [
    "doesn't send queued messages when there is room",
    inFlight,
    "if (this.#queue.first !== undefined) this.pump();",
    "",
  ],
  ["sends cancelled messages", inFlight, "if (entry.list === this.#queue) this.#queue.remove(entry);", ""],
  [
    "counts sent packets as signs of life of the hub",
    keepAlive,
    "Math.min(lastInAt, lastOutAt)",
    "Math.max(lastInAt, lastOutAt)",
  ],
  [
    "pings one keep-alive interval late",
    keepAlive,
    "lastOutAt) + intervalMs,",
    "lastOutAt) + 2 * intervalMs,",
  ],
  [
    "judges a hub by acknowledgements that wait to be read",
    keepAlive,
    "if (lastInAt >= acknowledgedBy)",
    "if (now >= acknowledgedBy)",
  ],
  ["keeps a connection whose hub loses messages", keepAlive, "if (lastInAt >= acknowledgedBy)", "if (false)"],
  ["is patient with an overtaken message", keepAlive, "overtakenSince + overtakenTimeoutMs", "never"],
  [
    "takes an acknowledgement in the wrong order for a lost one",
    inFlight,
    "(this.#sent.first?.order ?? never) < this.#latestAcked ? at : undefined",
    "at",
  ],
  [
    "forgets that the next message is overtaken, too",
    inFlight,
    "(this.#sent.first?.order ?? never) < this.#latestAcked ? at : undefined",
    "undefined",
  ],
  [
    "judges a connection by the messages of the last one",
    inFlight,
    "return this.#link && first && Math.max(",
    "return first && Math.max(",
  ],
  [
    "detects a dead connection one keep-alive interval late",
    keepAlive,
    "now >= pingedAt + pingTimeoutMs",
    "now >= pingedAt + intervalMs",
  ],
  [
    "doesn't ping while a PUBACK is overdue",
    keepAlive,
    "Math.max(lastInAt, unackedSince) + suspectMs(pingTimeoutMs, unackedBytes)",
    "never",
  ],
  [
    "doesn't ping again while a response is pending",
    keepAlive,
    "due = lastOutAt + intervalMs;",
    "due = Number.POSITIVE_INFINITY;",
  ],
  [
    "keeps waiting after a ping response",
    link,
    "      this.#keepAlive = initialKeepAliveState;\n      // What",
    "      // What",
  ],
  [
    "waits for the time of a clock that was set back",
    liveLink,
    "if (this.lastInAt > now)",
    "if (this.#over)",
  ],
  ["keeps a dead connection open", link, "    this.abort(error);\n    if (isOpen)", "    if (isOpen)"],
  [
    "keeps the session open after a protocol error",
    link,
    "    this.#end(\n      this.#target !== undefined && this.#first",
    "    void (\n      this.#target !== undefined && this.#first",
  ],
  [
    "acknowledges a message whose handler failed",
    order,
    'first?.state === "done"',
    'first !== undefined && first.state !== "open"',
  ],
  [
    "acknowledges out of order",
    order,
    "this.#open.shift();\n      first.ack",
    "this.#open.pop();\n      first.ack",
  ],
  [
    "confuses two ids in the same slot",
    ids,
    "return this.#ids[this.#slot(id)] === id;",
    "return this.#ids[this.#slot(id)] !== 0;",
  ],
  [
    "doesn't report a full connection",
    writes,
    "if (!this.#write(whole)) this.#full = true;",
    "this.#write(whole);",
  ],
  ["overlaps blocks written in one tick", writes, "at += block.length;", "at += block.length - 1;"],
];
