import { encoder } from "../util/text.ts";
import type { PacketConnection } from "./engine.ts";
import type { DuplexConstructor, DuplexStream, WriteEntry } from "./mqttjs-types.ts";

/**
 * The stream of MQTT.js over a connection. MQTT.js writes a packet in up to six pieces and corks the stream until the end of
 * the tick. The pieces arrive here together and leave as one block.
 */
export class ByteStreamBridge {
  readonly stream: DuplexStream;
  #resume: (() => void) | undefined;

  constructor(Duplex: DuplexConstructor, connection: PacketConnection) {
    const forward = (bytes: Uint8Array, done: () => void): void => {
      if (connection.send(bytes)) done();
      else this.#resume = done;
    };
    this.stream = new Duplex({
      // Strings are encoded directly into the block, without a separate buffer.
      decodeStrings: false,
      read: () => {},
      write: (chunk, encoding, done) => forward(join([{ chunk, encoding }]), done),
      writev: (entries, done) => forward(join(entries), done),
      destroy: (_error, done) => {
        this.#resume = undefined;
        done(null);
      },
    });
    // Otherwise an error after MQTT.js has removed its listener would end the process.
    this.stream.on("error", () => {});
  }

  /** The connection accepts more bytes. */
  drained(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

function join(entries: readonly WriteEntry[]): Uint8Array {
  let size = 0;
  for (const { chunk } of entries) size += typeof chunk === "string" ? chunk.length * 3 : chunk.length;
  const block = new Uint8Array(size);
  let end = 0;
  for (const { chunk } of entries) {
    if (typeof chunk === "string") end += encoder.encodeInto(chunk, block.subarray(end)).written;
    else {
      block.set(chunk, end);
      end += chunk.length;
    }
  }
  return block.subarray(0, end);
}
