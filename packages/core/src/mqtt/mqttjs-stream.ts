import type { PacketConnection } from "./engine.ts";
import type { DuplexConstructor, DuplexStream, WriteEntry } from "./mqttjs-types.ts";

const encoder = new TextEncoder();

/**
 * The stream MQTT.js reads from and writes to, over a connection. MQTT.js writes a packet in up to six pieces
 * with the stream corked until the end of the tick; they arrive here together and leave as one block of bytes.
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
      // Strings are encoded straight into the block, without a buffer of their own.
      decodeStrings: false,
      read: () => {},
      write: (chunk, encoding, done) => forward(join([{ chunk, encoding }]), done),
      writev: (entries, done) => forward(join(entries), done),
      destroy: (_error, done) => {
        this.#resume = undefined;
        done(null);
      },
    });
    // MQTT.js listens too; without this one a late error, after MQTT.js let go, would end the process.
    this.stream.on("error", () => {});
  }

  /** The connection has room again. */
  drained(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}

function join(entries: readonly WriteEntry[]): Uint8Array {
  let most = 0;
  for (const { chunk } of entries) most += typeof chunk === "string" ? chunk.length * 3 : chunk.length;
  const block = new Uint8Array(most);
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
