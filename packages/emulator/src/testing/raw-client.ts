import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { utf8 } from "@isohub/core/internal";
import { WebSocket } from "ws";
import type { Emulator } from "../api/emulator.ts";
import type { Transport } from "../hub/sessions/session.ts";
import { deviceToken, urlOf, userNameOf } from "./device.ts";

/** The bytes of MQTT packets, for tests that send what no client library would. */
export const packets = {
  connect(
    clientId: string,
    userName: string,
    password: string,
    { name = "MQTT", level = 4, keepAlive = 60 } = {},
  ): Uint8Array {
    const flags = 0x80 | 0x40;
    return packet(0x10, [
      ...text(name),
      level,
      flags,
      ...uint16(keepAlive),
      ...text(clientId),
      ...text(userName),
      ...text(password),
    ]);
  },
  publish(topic: string, body: string, id = 1, qos: 0 | 1 = 1): Uint8Array {
    return packet(0x30 | (qos << 1), [...text(topic), ...(qos === 0 ? [] : uint16(id)), ...utf8(body)]);
  },
  subscribe: (id: number, ...filters: [filter: string, qos: number][]): Uint8Array =>
    packet(0x82, [...uint16(id), ...filters.flatMap(([filter, qos]) => [...text(filter), qos])]),
  puback: (id: number): Uint8Array => packet(0x40, uint16(id)),
  pingreq: (): Uint8Array => packet(0xc0, []),
  disconnect: (): Uint8Array => packet(0xe0, []),
};

/** A client that sends and receives bytes. */
export class RawClient {
  /** The received blocks: WebSocket frames, or reads of a socket. */
  readonly blocks: Uint8Array[] = [];
  /** Resolves when the connection has closed, with the code of its error, if any. */
  readonly closed: Promise<string | undefined>;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #end: () => void;
  #wake: () => void = () => {};
  #isClosed = false;

  private constructor(stream: Duplex | WebSocket) {
    let code: string | undefined;
    const take = (bytes: Buffer): void => {
      this.blocks.push(bytes);
      this.#wake();
    };
    if (stream instanceof WebSocket) stream.on("message", (data) => take(data as Buffer));
    else stream.on("data", take);
    stream.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    this.closed = new Promise((resolve) => {
      stream.once("close", () => {
        this.#isClosed = true;
        this.#wake();
        resolve(code);
      });
    });
    this.#send = (bytes) => void (stream instanceof WebSocket ? stream.send(bytes) : stream.write(bytes));
    this.#end = () => (stream instanceof WebSocket ? stream.terminate() : stream.destroy());
  }

  /** Opens a connection without a CONNECT. */
  static async open(emulator: Emulator, transport: Transport): Promise<RawClient> {
    const { host, port, plainPort } = emulator.endpoints;
    const tls = { ca: emulator.ca, servername: "localhost" };
    const stream =
      transport === "tcp"
        ? connectTcp(plainPort, host)
        : transport === "tls"
          ? connectTls({ host, port, ...tls })
          : new WebSocket(urlOf(emulator, transport), "mqtt", transport === "wss" ? tls : {});
    const client = new RawClient(stream);
    const event = stream instanceof WebSocket ? "open" : transport === "tls" ? "secureConnect" : "connect";
    await new Promise((resolve, reject) => stream.once(event, resolve).once("error", reject));
    return client;
  }

  /** Opens a connection and connects as a device. */
  static async device(emulator: Emulator, deviceId: string, transport: Transport): Promise<RawClient> {
    const client = await RawClient.open(emulator, transport);
    client.send(
      packets.connect(deviceId, userNameOf(emulator, deviceId), await deviceToken(emulator, deviceId)),
    );
    await client.until((received) => received.some((one) => one[0] === 0x20));
    return client;
  }

  /** The received packets. */
  get received(): Uint8Array[] {
    return [...splitPackets(Buffer.concat(this.blocks))];
  }

  /** Sends packets in one write, or one frame. */
  send(...parts: Uint8Array[]): void {
    this.#send(Buffer.concat(parts));
  }

  /** Waits until the received packets pass the test. */
  async until(test: (received: Uint8Array[]) => boolean): Promise<void> {
    while (!test(this.received)) {
      if (this.#isClosed) throw new Error(`closed after ${this.received.length} packets`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    this.#end();
  }
}

function packet(head: number, body: readonly number[]): Uint8Array {
  const length: number[] = [];
  let remaining = body.length;
  do {
    length.push((remaining & 0x7f) | (remaining > 0x7f ? 0x80 : 0));
    remaining >>= 7;
  } while (remaining > 0);
  return Uint8Array.from([head, ...length, ...body]);
}

function text(value: string): number[] {
  const bytes = utf8(value);
  return [...uint16(bytes.length), ...bytes];
}

function uint16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

/** Splits bytes that start with a packet into packets. An incomplete packet comes last. */
function* splitPackets(bytes: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  while (at < bytes.length) {
    let length = 0;
    let header = 1;
    for (; header < 5; header++) {
      const byte = bytes[at + header] ?? 0;
      length += (byte & 0x7f) * 128 ** (header - 1);
      if (byte < 0x80) break;
    }
    const end = Math.min(bytes.length, at + header + 1 + length);
    yield bytes.subarray(at, end);
    at = end;
  }
}
