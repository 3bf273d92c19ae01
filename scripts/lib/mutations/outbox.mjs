const client = { file: "outbox/client-outbox.ts", tests: ["outbox/client-outbox"] };
const messages = { file: "outbox/outbox-messages.ts", tests: ["outbox/client-outbox"] };
const writer = { file: "outbox/outbox-writer.ts", tests: ["outbox/client-outbox"] };
const rate = { file: "outbox/drain-rate.ts", tests: ["outbox/client-outbox"] };
const file = { file: "outbox/file-outbox-store.ts", tests: ["outbox/file-outbox-store"] };
const log = { file: "outbox/outbox-log.ts", tests: ["outbox/outbox-log"] };

/** Faults in an outbox and its file. @type {import("./mutation.mjs").Listed[]} */
export const outbox = [
  [
    "forgets messages in flight when the client gives up",
    client,
    "this.#messages.putBack(message);\n      this.#expireAt",
    "this.#forget(message);\n      this.#expireAt",
  ],
  ["reconnects after disconnect()", client, "if (connects) connection.wake", "connection.wake"],
  ["hands everything to the in-flight window", client, "if (this.#inFlight >= maxInFlight) return;", ""],
  [
    "drops messages for one that isn't stored",
    client,
    "for (const victim of victims) this.#messages.putBack(victim);",
    "",
  ],
  [
    "gives a new message the place of a stored one",
    client,
    "this.#lastKey = Math.max(this.#lastKey, key);",
    "",
  ],
  [
    "never expires",
    client,
    "this.#state = undefined;\n    this.#expireAt(message.expiresAt);",
    "this.#state = undefined;",
  ],
  ["leaves expired messages in the store", client, "this.#writer.remove(message.key);", ""],
  ["discards silently", client, "this.#report(errorFor(messages", "void (errorFor(messages"],
  [
    "ignores priorities",
    client,
    "      priority,\n      acceptedAt,",
    "      priority: 1,\n      acceptedAt,",
  ],
  [
    "doesn't count messages that are being stored",
    messages,
    "this.#countedBytes + size <= maxBytes",
    "this.#bytes + size <= maxBytes",
  ],
  ["drops higher priorities", messages, "lowest >= priority; lowest--", "lowest >= 0; lowest--"],
  [
    "puts messages back behind newer ones",
    messages,
    "if (at > this.#start && message.key <",
    "if (at < this.#start && message.key <",
  ],
  ["forgets removals that failed", writer, "this.#removed = [...removed, ...this.#removed];", ""],
  ["doesn't limit the rate", rate, "this.#tokens--;", ""],
  ["accepts messages before they are on the disk", file, "if (isStrict) await file.sync();", ""],
  ["leaves a part of a failed write in the file", file, "await this.#truncate(start).catch(() => {});", ""],
  [
    "appends behind a part of a failed write",
    file,
    "if (this.#hasRest) await this.#truncate(this.#length);",
    "",
  ],
  [
    "never compacts",
    file,
    "if (waste > longestWaste && waste > this.#liveBytes) return this.#compact();",
    "",
  ],
  [
    "overwrites a file that isn't an outbox",
    file,
    "if (contents === undefined) {",
    "if (bytes === undefined) {",
  ],
  ["ignores checksums", log, "checksum(bytes.subarray(at, end)) !== view.getUint32(at + 6)", "end === at"],
  [
    "stops reading where the file is damaged",
    log,
    "const next = bytes.indexOf(marker, at + 1);",
    "const next = -1;",
  ],
];
