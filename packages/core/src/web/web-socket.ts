import type { Connection, ConnectionHandlers, Endpoint } from "../runtime/runtime.ts";
import type { Clock, Timer } from "../util/clock.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import { peerText } from "../util/peer-text.ts";
import { WriteCoalescer } from "../util/write-coalescer.ts";

/** The number of buffered bytes above which a WebSocket counts as full. */
export const highWaterMark = 1_048_576;

// Not those of the socket, which happy-dom lacks.
const open = 1;
const closed = 3;

/** A WebSocket has no event for free buffer space, so a full one is checked at this interval, in milliseconds. */
const drainPollMs = 10;

// A connection that ended without a closing frame: code 1006 in pages, and in Deno code 0 after an error of this name.
const plainEnds = [1000, 1005, 1006, 0];
const denoPlainEnd = "Unexpected EOF";

/** Settings of a WebSocket: its URL, its handlers, and the error of a failed attempt. */
export interface WebSocketDial {
  readonly clock: Clock;
  readonly handlers: ConnectionHandlers;
  readonly signal: AbortSignal;
  /** Makes the error of a failed connection attempt. `detail` is the runtime's reason, which is empty in a page. */
  failed(detail: string): Error;
}

/** The URL of an endpoint's WebSocket. @param query - with its `?` */
export function webSocketUrl({ secure, host, port, path }: Endpoint, query = ""): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${secure ? "wss" : "ws"}://${name}:${port}${path}${query}`;
}

/**
 * Wraps the runtime's own connecting WebSocket as a connection; resolves when it is open.
 *
 * @throws the error that `failed` returns, or the signal's reason
 */
export function openWebSocket(socket: WebSocket, dial: WebSocketDial): Promise<Connection> {
  const { signal, failed } = dial;
  socket.binaryType = "arraybuffer";
  return new Promise((resolve, reject) => {
    const end = (error: unknown): void => {
      settle();
      socket.close();
      reject(error);
    };
    const giveUp = (): void => end(signal.reason);
    const settle = (): void => {
      socket.onopen = null;
      socket.onerror = null;
      socket.onclose = null;
      signal.removeEventListener("abort", giveUp);
    };
    socket.onopen = () => {
      settle();
      resolve(new WebSocketConnection(socket, dial));
    };
    // A close event follows each error event; only the error event carries the runtime's reason, if any.
    socket.onerror = (event) => end(failed(messageOf(event)));
    socket.onclose = ({ reason }) => end(failed(reason));
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
  });
}

class WebSocketConnection implements Connection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #handlers: ConnectionHandlers;
  readonly #writer: WriteCoalescer;
  #cause: Error | undefined;
  #drainTimer: Timer | undefined;
  #over = false;
  #whenClosed: (() => void) | undefined;

  constructor(socket: WebSocket, { clock, handlers }: WebSocketDial) {
    this.#socket = socket;
    this.#clock = clock;
    this.#handlers = handlers;
    this.#writer = new WriteCoalescer(
      (block) => this.#write(block),
      (run) => queueMicrotask(run),
    );
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#over) return;
      // Not instanceof: in a simulated page it is of another realm.
      if (typeof data !== "string") {
        handlers.onData(new Uint8Array(data as ArrayBuffer));
        return;
      }
      this.#cause = new Error("the hub sent text instead of binary MQTT");
      socket.close();
    };
    socket.onerror = (event) => {
      const message = messageOf(event);
      if (message !== "" && message !== denoPlainEnd) this.#cause ??= new Error(message);
    };
    socket.onclose = ({ code, reason }) => {
      if (!plainEnds.includes(code)) this.#cause ??= new Error(peerText(`code ${code} ${reason}`.trim()));
      this.#end();
      this.#whenClosed?.();
      handlers.onClose(this.#cause);
    };
  }

  send(bytes: Uint8Array): boolean {
    return this.#writer.send(bytes);
  }

  close(): Promise<void> {
    this.#writer.flush();
    this.#socket.close(1000);
    return new Promise((resolve) => {
      if (this.#socket.readyState === closed) resolve();
      else this.#whenClosed = resolve;
    });
  }

  abort(): void {
    this.#end();
    // A WebSocket has no harder way to end; its later events are ignored.
    this.#socket.close();
  }

  #write(block: Uint8Array): boolean {
    const socket = this.#socket;
    // The connection may have ended before its event arrives; then there is no peer to send to.
    if (socket.readyState !== open) return true;
    socket.send(block as OwnedBytes);
    // Undefined in some edge runtimes.
    if (!(socket.bufferedAmount > highWaterMark)) return true;
    this.#awaitRoom();
    return false;
  }

  #awaitRoom(): void {
    this.#drainTimer ??= this.#clock.setTimer(() => {
      this.#drainTimer = undefined;
      if (this.#over) return;
      if (this.#socket.bufferedAmount > highWaterMark / 2) return this.#awaitRoom();
      this.#writer.drained();
      this.#handlers.onDrain();
    }, drainPollMs);
  }

  #end(): void {
    this.#over = true;
    this.#drainTimer?.cancel();
    this.#writer.close();
  }
}

/** The reason in Deno's error event; in a page there is none. */
function messageOf(event: Event): string {
  const message: unknown = Reflect.get(event, "message");
  return typeof message === "string" ? message : "";
}
