import {
  asError,
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  WriteCoalescer,
} from "@isohub/core/runtime";
import { connectError } from "./connect-errors.ts";

/** The number of unwritten bytes above which a connection is full. */
const highWaterMark = 65_536;

/** The size of the read buffer, which each device keeps. */
const readBytes = 16_384;

/** Opens a TLS connection. Resolves after the handshake with a trusted peer. */
export async function connectTls(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const { host, port, serverVerificationCert, clientCertificate } = endpoint;
  handlers.onStep?.(
    "TLS connection",
    `Check that no firewall blocks port ${port}${port === 8883 ? ", or set websockets: true" : ""}`,
  );
  const opening = open({
    hostname: host,
    port,
    ...(serverVerificationCert === undefined ? {} : { caCerts: [serverVerificationCert] }),
    ...(clientCertificate === undefined ? {} : { cert: clientCertificate.cert, key: clientCertificate.key }),
  });
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
  });
  try {
    return new TlsConnection(await Promise.race([opening, aborted]), handlers);
  } catch (error) {
    // Deno can't abort an attempt, so its connection is closed if it still opens.
    opening.then(
      (socket) => socket.close(),
      () => {},
    );
    throw signal.aborted ? error : connectError(asError(error).message, endpoint, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
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
  /** Resolves after all writes so far, which run one after the other. */
  #written: Promise<void> = Promise.resolve();
  #unwrittenBytes = 0;
  #full = false;
  #closed = false;

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
    if (!this.#closed) await this.#socket.closeWrite().catch(() => {});
    await this.#ended;
  }

  abort(): void {
    this.#end();
  }

  #write(block: Uint8Array): boolean {
    this.#unwrittenBytes += block.length;
    this.#written = this.#written
      .then(() => this.#writeAll(block))
      .catch((error: unknown) => this.#end(asError(error)));
    this.#full = this.#unwrittenBytes > highWaterMark;
    return !this.#full;
  }

  async #writeAll(block: Uint8Array): Promise<void> {
    for (let at = 0; at < block.length && !this.#closed; ) at += await this.#socket.write(block.subarray(at));
    this.#unwrittenBytes -= block.length;
    if (!this.#full || this.#closed || this.#unwrittenBytes > highWaterMark / 2) return;
    this.#full = false;
    this.#writer.drained();
    this.#handlers.onDrain();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    for (;;) {
      const length = await this.#socket.read(buffer);
      if (length === null || this.#closed) return;
      // Copied, because the receiver may keep it.
      this.#handlers.onData(buffer.slice(0, length));
    }
  }

  #end(cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.close();
    this.#socket.close();
    this.#handlers.onClose(cause);
  }
}
