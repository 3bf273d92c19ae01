import {
  asError,
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  WriteCoalescer,
} from "@isohub/core/runtime";
import { connectError } from "./connect-errors.ts";

/** Above this many bytes waiting a connection counts as full. */
const highWaterMark = 65_536;

/** What is read at once; a device keeps a buffer of this size. */
const readBytes = 16_384;

/** Opens a TLS connection; resolves when the handshake is done and the certificate is trusted. */
export async function connectTls(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const { host, port, serverVerificationCert, clientCertificate } = endpoint;
  const opening = open({
    hostname: host,
    port,
    ...(serverVerificationCert === undefined ? {} : { caCerts: [serverVerificationCert] }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate.cert, key: clientCertificate.key }),
  });
  let giveUp = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason);
    signal.addEventListener("abort", giveUp);
  });
  try {
    return new TlsConnection(await Promise.race([opening, aborted]), handlers);
  } catch (error) {
    // Deno cannot take an attempt back: what still comes of it is closed.
    opening.then(
      (socket) => socket.close(),
      () => {},
    );
    throw signal.aborted ? error : connectError(asError(error).message, endpoint, error);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function open(options: Deno.ConnectTlsOptions): Promise<Deno.TlsConn> {
  const socket = await Deno.connectTls(options);
  try {
    await socket.handshake();
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

class TlsConnection implements Connection {
  readonly #socket: Deno.TlsConn;
  readonly #handlers: ConnectionHandlers;
  readonly #writer: WriteCoalescer;
  readonly #ended: Promise<void>;
  /** The writes so far, one after the other. */
  #written: Promise<void> = Promise.resolve();
  #waiting = 0;
  #full = false;
  #over = false;

  constructor(socket: Deno.TlsConn, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#writer = new WriteCoalescer(
      (block) => this.#write(block),
      (run) => queueMicrotask(run),
    );
    this.#ended = this.#read().then(
      () => this.#end(),
      (error: unknown) => this.#end(asError(error)),
    );
  }

  send(bytes: Uint8Array): boolean {
    return this.#writer.send(bytes);
  }

  async close(): Promise<void> {
    this.#writer.flush();
    await this.#written;
    if (!this.#over) await this.#socket.closeWrite().catch(() => {});
    await this.#ended;
  }

  abort(): void {
    this.#end();
  }

  #write(block: Uint8Array): boolean {
    this.#waiting += block.length;
    this.#written = this.#written
      .then(() => this.#writeAll(block))
      .catch((error: unknown) => this.#end(asError(error)));
    this.#full = this.#waiting > highWaterMark;
    return !this.#full;
  }

  async #writeAll(block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.length && !this.#over; ) at += await this.#socket.write(block.subarray(at));
    this.#waiting -= block.length;
    if (!this.#full || this.#over || this.#waiting > highWaterMark / 2) return;
    this.#full = false;
    this.#writer.drained();
    this.#handlers.onDrain();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    for (;;) {
      const length = await this.#socket.read(buffer);
      if (length === null || this.#over) return;
      // Copied: who gets it may keep it.
      this.#handlers.onData(buffer.slice(0, length));
    }
  }

  #end(cause?: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#writer.close();
    this.#socket.close();
    this.#handlers.onClose(cause);
  }
}
