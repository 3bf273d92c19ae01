import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { ProxyCertificates } from "./certificates.ts";
import type { Condition } from "./flow.ts";
import { ProxiedConnection } from "./proxied-connection.ts";
import type { Reaction } from "./reaction.ts";

/** Options of a {@link FaultProxy}. */
export interface FaultProxyOptions {
  readonly certificates: ProxyCertificates;
  readonly hubPort: number;
  readonly websockets: boolean;
}

/** The network between a client and its hub, and what may go wrong there. */
export class FaultProxy {
  /** The reactions to the next connections, in order; later ones are served. */
  readonly reactions: Reaction[] = [];
  /** The condition of the line, for open and later connections. */
  up: Condition = {};
  down: Condition = {};
  /** The number of connections so far. */
  accepted = 0;
  /** Called with each connection, and their number so far. */
  onAccepted: ((count: number) => void) | undefined;
  readonly #options: FaultProxyOptions;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #port = 0;
  #onClientBytes: (() => void) | undefined;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** The connections that the client hasn't closed. */
  get open(): readonly ProxiedConnection[] {
    return [...this.#connections].filter(({ isClosed }) => !isClosed);
  }

  /** Accepts connections: at first on any port, later on the same again. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ allowHalfOpen: true }, (front) => {
      this.accepted += 1;
      this.onAccepted?.(this.accepted);
      const { certificates, hubPort, websockets } = this.#options;
      const connection = new ProxiedConnection(front, this.reactions.shift() ?? {}, {
        certificates,
        hubPort,
        websockets,
        condition: (direction) => this[direction],
        onClientBytes: () => this.#noteClientBytes(),
      });
      this.#connections.add(connection);
    });
    this.#server = server;
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Refuses new connections. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Calls `run` as soon as the client sends something, before that is passed on. */
  whenClientSends(run: () => void): void {
    this.#onClientBytes = run;
  }

  /** Ends all connections. */
  cut(how: "rst" | "fin" = "rst"): void {
    for (const connection of this.open) connection.cut(how);
  }

  /** Makes all connections a black hole in one direction. */
  lose(direction: "up" | "down"): void {
    for (const connection of this.open) connection.lose(direction);
  }

  /** Sends bytes to the client as if the hub had. */
  inject(bytes: Uint8Array): void {
    for (const connection of this.open) connection.inject(bytes);
  }

  /** Closes everything. */
  close(): void {
    this.refuse();
    for (const connection of this.#connections) connection.destroy();
  }

  #noteClientBytes(): void {
    const run = this.#onClientBytes;
    this.#onClientBytes = undefined;
    run?.();
  }
}
