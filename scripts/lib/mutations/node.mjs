const writer = { file: "../../node/src/block-writer.ts", tests: ["../../node/src/block-writer"] };
const frame = {
  file: "../../node/src/websocket/websocket-frame.ts",
  tests: ["../../node/src/websocket/websocket-frame"],
};

/** Faults in what Node's connections write. @type {import("./mutation.mjs").Listed[]} */
export const node = [
  ["joins packets of different buffers", writer, " && last.buffer === bytes.buffer", ""],
  ["joins packets with a gap between them", writer, "last?.end === byteOffset &&", "last !== undefined &&"],
  ["loses the second packet of a run", writer, "last.end += length;", ""],
  ["writes what it has written before", writer, "    this.#runs = [];\n    const", "    const"],
  ["copies large blocks", writer, "blocks.length > 1 && bytes <", "blocks.length > 1 || bytes <"],
  ["writes small pieces one by one", writer, "isScattered ? [Buffer.concat(blocks)] : blocks", "blocks"],
  ["ignores that the connection is full", writer, "this.#full = true;", ""],
  ["stays full after a drain", writer, "drained(): void {\n    this.#full = false;", "drained(): void {"],
  [
    "writes nothing before the turn is over",
    writer,
    "if (--this.#missing === 0)",
    "if (--this.#missing < 0)",
  ],
  ["writes all early packets in one size", writer, "this.#due *= writeGrowth;", ""],
  [
    "keeps the size of the early writes of the last turn",
    writer,
    "    this.#due = 0;\n    this.flush();",
    "    this.#due = firstWrite;\n    this.flush();",
  ],
  ["writes after close", writer, "    this.#closed = true;\n    this.#runs = [];", ""],
  ["masks with another key than it writes", frame, "words[0] = key;", "words[0] = key ^ 1;"],
  ["leaves the end of a frame unmasked", frame, "words + 1), nextKey()", "words), nextKey()"],
  ["masks nothing", frame, "(words[at] ?? 0) ^ key", "words[at] ?? 0"],
  ["writes the length 126 in one byte", frame, "size < 126 ?", "size < 127 ?"],
  ["writes the length 65,536 in two bytes", frame, "size < 0x10000 ?", "size <= 0x10000 ?"],
  ["writes blocks over each other", frame, "at += block.length;", ""],
  ["uses a key twice", frame, "keys[usedKeys++]", "keys[usedKeys]"],
  ["uses keys that aren't random", frame, "randomFillSync(keys);", ""],
  ["writes a fragment of a message", frame, "binaryMessage = 0x82", "binaryMessage = 0x02"],
  ["omits that a frame is masked", frame, "masked | (lengthBytes", "(lengthBytes"],
];
