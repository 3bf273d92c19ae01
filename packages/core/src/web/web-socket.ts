import type { Connection, ConnectionHandlers, Endpoint } from "../runtime/runtime.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { WriteCoalescer } from "../util/write-coalescer.ts";

/** Above this many bytes in its buffer a WebSocket counts as full. */
export const highWaterMark = 1_048_576;

/** A WebSocket has no event for room in its buffer: it is looked at this often while it is full, in milliseconds. */
const drainPollMs = 10;

// A connection that just ended, without a closing frame, as servers that have nothing to say end it: code 1006 in pages,
// and in Deno code 0 after an error of this name.
const plainEnds = [1000, 1005, 1006, 0];
const denoPlainEnd = "Unexpected EOF";

/** What opens a WebSocket, and who is told of it. */
export interface WebSocketDial {
  readonly clock: Clock;
  readonly handlers: ConnectionHandlers;
  readonly signal: AbortSignal;
  /** The error of a dial that failed. `detail` is what the runtime says about it: nothing at all, in a page. */
  failed(detail: string): Error;
}

/** Where a WebSocket of an end point goes. @param query - with its `?` */
export function webSocketUrl({ secure, host, port, path }: Endpoint, query = ""): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return `${secure ? "wss" : "ws"}://${name}:${port}${path}${query}`;
}

/**
 * Turns the runtime's own WebSocket, which has begun to connect, into a connection; resolves when it is open.
 *
 * @throws what `failed` makes of a dial that failed, or the reason of the signal
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
    // An error is followed by a close; where a runtime says why, it says so with the error.
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
      if (data instanceof ArrayBuffer) {
        handlers.onData(new Uint8Array(data));
        return;
      }
      this.#cause = new Error("the hub sent a text where MQTT has bytes");
      socket.close();
    };
    socket.onerror = (event) => {
      const message = messageOf(event);
      if (message !== "" && message !== denoPlainEnd) this.#cause ??= new Error(message);
    };
    socket.onclose = ({ code, reason }) => {
      if (!plainEnds.includes(code)) this.#cause ??= new Error(`code ${code} ${reason}`.trim());
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
      if (this.#socket.readyState === this.#socket.CLOSED) resolve();
      else this.#whenClosed = resolve;
    });
  }

  abort(): void {
    this.#end();
    // There is no harder way to end a WebSocket; nothing of it is listened to any more.
    this.#socket.close();
  }

  #write(block: Uint8Array): boolean {
    const socket = this.#socket;
    // Between the end of a connection and its event there is nobody to send to.
    if (socket.readyState !== socket.OPEN) return true;
    socket.send(block as Uint8Array<ArrayBuffer>);
    if (socket.bufferedAmount <= highWaterMark) return true;
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

/** What Deno says with an error event; a page is told nothing. */
function messageOf(event: Event): string {
  const message: unknown = Reflect.get(event, "message");
  return typeof message === "string" ? message : "";
}
