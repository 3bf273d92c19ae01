import { isIP, type Socket } from "node:net";
import {
  aheadOf,
  type Connection,
  type ConnectionHandlers,
  type Endpoint,
  Refusal,
  type RefusalExplanation,
} from "@isohub/core/runtime";
import { WebSocket } from "ws";
import { BlockWriter } from "../block-writer.ts";
import { upgradeAnswered, upgradeError } from "../connect-errors.ts";
import { fetchOnce } from "../http/fetch-once.ts";
import { fromAddress, openSecuredSocket } from "../tls/secured-socket.ts";
import { encodeFrame } from "./websocket-frame.ts";

/** The number of buffered bytes above which a WebSocket is full. */
const highWaterMark = 1_048_576;

/**
 * The largest WebSocket message that is buffered, in bytes: four MQTT packets of the largest size. The default of the package
 * is 100 MiB.
 */
const largestFrameBytes = 4_194_304;

/** Opens a WebSocket, without TLS only to a local hub. Resolves after the upgrade. */
export async function connectWebSocket(
  endpoint: Endpoint,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
): Promise<Connection> {
  // Our own socket, so that trust, certificates, proxies and their errors are the same as for MQTT over TLS.
  const secured = endpoint.secure ? await openSecuredSocket(endpoint, signal, "given", handlers) : undefined;
  handlers.onStep?.(
    "answer to the WebSocket upgrade",
    "Check that no proxy or firewall holds WebSockets back",
  );
  return new Promise((resolve, reject) => {
    const { host, port, path } = endpoint;
    const scheme = secured === undefined ? "ws" : "wss";
    const authority = `${isIP(host) === 6 ? `[${host}]` : host}${port === (endpoint.secure ? 443 : 80) ? "" : `:${port}`}`;
    const socket = new WebSocket(`${scheme}://${authority}${path}`, "mqtt", {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: largestFrameBytes,
      ...(secured === undefined ? fromAddress(endpoint.localAddress) : { createConnection: () => secured }),
    });
    const onAbort = (): void => {
      socket.terminate();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort);
    const fail = (error: Error): void => {
      signal.removeEventListener("abort", onAbort);
      secured?.destroy();
      reject(error);
    };
    // Never removed: a terminated WebSocket emits errors, too, and without a listener they would be thrown.
    socket.on("error", (error) => fail(upgradeError(error, endpoint)));
    socket.on("unexpected-response", (request, { statusCode = 0, headers }) => {
      request.destroy();
      fail(upgradeAnswered(endpoint, statusCode, headers));
    });
    const sentAt = Date.now();
    socket.once("upgrade", ({ socket: raw, headers }) => {
      const aheadMs = aheadOf(headers.date, sentAt, Date.now());
      socket.once("open", () => {
        signal.removeEventListener("abort", onAbort);
        const readRefusal = (first: Uint8Array): Refusal | undefined =>
          Refusal.read(first, endpoint, fetchOnce, aheadMs);
        resolve(new WebSocketConnection(socket, raw, secured, readRefusal, handlers));
      });
    });
  });
}

class WebSocketConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #writer: BlockWriter;
  #refusal: Refusal | undefined;

  constructor(
    socket: WebSocket,
    raw: Socket | undefined,
    secured: Socket | undefined,
    readRefusal: (first: Uint8Array) => Refusal | undefined,
    handlers: ConnectionHandlers,
  ) {
    this.#socket = socket;
    let cause: Error | undefined;
    let isFull = false;
    this.#writer = new BlockWriter((blocks) => {
      if (socket.readyState !== socket.OPEN) return true;
      // With TLS, the socket is ours. The package writes only whole frames to it, such as pongs, so ours can go in between. Without
      // TLS, the package opens the socket, and on Bun only the package can write to it.
      if (secured === undefined) for (const block of blocks) socket.send(block, onWritten);
      else secured.write(encodeFrame(blocks));
      isFull = (secured?.writableLength ?? socket.bufferedAmount) > highWaterMark;
      return !isFull;
    });
    const drained = (): void => {
      isFull = false;
      this.#writer.drained();
      handlers.onDrain();
    };
    const onWritten = (): void => {
      if (isFull && socket.bufferedAmount <= highWaterMark / 2) drained();
    };
    secured?.on("drain", drained);
    // A Buffer, or several if the runtime delivers a message in fragments.
    const receive = (data: Buffer | Buffer[] | ArrayBuffer): void => {
      if (Array.isArray(data)) for (const part of data) handlers.onData(part);
      else handlers.onData(data instanceof ArrayBuffer ? new Uint8Array(data) : data);
    };
    socket.once("message", (first: Buffer | Buffer[] | ArrayBuffer) => {
      socket.on("message", receive);
      if (first instanceof Uint8Array) this.#refusal = readRefusal(first);
      if (this.#refusal === undefined) receive(first);
      else this.#refusal.whenKnown(() => receive(first));
    });
    const failed = (error: Error): void => {
      cause ??= error;
    };
    // The package keeps the socket's own errors to itself, such as a reset.
    raw?.on("error", failed);
    socket.on("error", failed);
    socket.on("close", () => {
      this.#writer.close();
      if (this.#refusal === undefined) handlers.onClose(cause);
      else this.#refusal.whenKnown(() => handlers.onClose(cause));
    });
  }

  send(bytes: Uint8Array): boolean {
    return this.#writer.send(bytes);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.readyState === this.#socket.CLOSED) return resolve();
      this.#socket.once("close", () => resolve());
      this.#writer.flush();
      this.#socket.close();
    });
  }

  abort(): void {
    this.#refusal?.abort();
    this.#writer.close();
    this.#socket.terminate();
  }

  explainRefusal(
    code: number,
    tokenExpiry: number | undefined,
    username?: string,
  ): RefusalExplanation | undefined {
    return this.#refusal?.explain(code, tokenExpiry, username);
  }
}
