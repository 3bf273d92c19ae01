import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/**
 * The server side of a WebSocket, reduced to binary frames. The payload is passed on masked, as it is in the chunk: unmasking bytes
 * that are skipped anyway would cost more than the rest of the sink.
 */
export class FrameReader {
  /** @type {number[]} */
  #header = [];
  #headerSize = 2;
  #opcode = 0;
  #left = 0;
  #phase = 0;
  #mask = [0, 0, 0, 0];
  /** @type {number[]} */
  #control = [];
  #onPayload;
  #onControl;

  /**
   * @param {(chunk: Buffer, start: number, end: number, mask: number[], phase: number) => void} onPayload
   * @param {(opcode: number, payload: Buffer) => void} onControl gets close, ping and pong
   */
  constructor(onPayload, onControl) {
    this.#onPayload = onPayload;
    this.#onControl = onControl;
  }

  /** @param {Buffer} chunk */
  push(chunk) {
    let i = 0;
    while (i < chunk.length) {
      if (this.#left === 0) {
        this.#header.push(chunk[i++]);
        this.#readHeader();
        continue;
      }
      const size = Math.min(this.#left, chunk.length - i);
      if (this.#opcode >= CLOSE) {
        for (let j = 0; j < size; j++) this.#control.push(chunk[i + j] ^ this.#mask[(this.#phase + j) & 3]);
      } else {
        this.#onPayload(chunk, i, i + size, this.#mask, this.#phase);
      }
      i += size;
      this.#phase += size;
      this.#left -= size;
      if (this.#left === 0) this.#finish();
    }
  }

  #readHeader() {
    const header = this.#header;
    if (header.length === 2) {
      if (header[1] < 0x80) throw new Error("a frame from the client must be masked");
      const length = header[1] & 0x7f;
      this.#headerSize = length < 126 ? 6 : length === 126 ? 8 : 14;
    }
    if (header.length < this.#headerSize) return;
    const length = header[1] & 0x7f;
    const bytes = Buffer.from(header);
    this.#opcode = header[0] & 0x0f;
    this.#left =
      length < 126 ? length : length === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    this.#mask = header.slice(-4);
    this.#phase = 0;
    this.#header = [];
    this.#headerSize = 2;
    if (this.#left === 0) this.#finish();
  }

  #finish() {
    if (this.#opcode < CLOSE) return;
    const payload = Buffer.from(this.#control);
    this.#control = [];
    this.#onControl(this.#opcode, payload);
  }
}

/** Encodes an unmasked binary frame. @param {Buffer} payload */
export function frame(payload, opcode = 2) {
  const size = payload.length;
  const headerSize = size < 126 ? 2 : size < 65_536 ? 4 : 10;
  const bytes = Buffer.allocUnsafe(headerSize + size);
  bytes[0] = 0x80 | opcode;
  if (headerSize === 2) {
    bytes[1] = size;
  } else if (headerSize === 4) {
    bytes[1] = 126;
    bytes.writeUInt16BE(size, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(size), 2);
  }
  payload.copy(bytes, headerSize);
  return bytes;
}

/**
 * Answers an upgrade request and reads frames from its socket.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {import("node:tls").TLSSocket} socket
 * @param {Buffer} head
 * @param {(wire: import("./session.mjs").Wire) => import("./session.mjs").Session} open
 */
export function acceptWebSocket(request, socket, head, open) {
  const protocols = String(request.headers["sec-websocket-protocol"]).split(/, */);
  if (request.url?.split("?")[0] !== "/$iothub/websocket" || !protocols.includes("mqtt")) {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return;
  }
  const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`).digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  const session = open({
    write: (bytes) => socket.write(frame(bytes)),
    whenRoom: (run) => socket.once("drain", run),
    end: () => socket.end(),
    cut: () => socket.destroy(),
  });
  const reader = new FrameReader(
    (chunk, start, end, mask, phase) => session.push(chunk, start, end, mask, phase),
    (opcode, payload) => {
      if (opcode === PING) socket.write(frame(payload, PONG));
      else if (opcode === CLOSE) socket.end(frame(payload, CLOSE));
    },
  );
  const onChunk = (chunk) => {
    reader.push(chunk);
    session.flush();
  };
  socket.on("data", onChunk);
  if (head.length > 0) onChunk(head);
}
