import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { ProxyOptions } from "@isohub/node";

/** A local proxy for the connections of a client, which can break them as a network failure does. */
export class BreakableProxy {
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();

  /** Opens a proxy on a free port of this machine. */
  static async open(): Promise<BreakableProxy> {
    const proxy = new BreakableProxy();
    proxy.#server.on("connect", ({ url = "" }, client: Socket) => {
      const { hostname, port } = new URL(`http://${url}`);
      const hub = connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ""), () => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        client.pipe(hub).pipe(client);
      });
      for (const [socket, other] of [
        [client, hub],
        [hub, client],
      ] as const) {
        proxy.#sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          proxy.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** The options of a client that connects through it. */
  get options(): ProxyOptions {
    return new ProxyOptions("HTTP", "127.0.0.1", (this.#server.address() as AddressInfo).port);
  }

  /** Breaks every connection. @returns their number */
  break(): number {
    const { size } = this.#sockets;
    for (const socket of this.#sockets) socket.destroy();
    return size;
  }

  close(): void {
    this.break();
    this.#server.close();
  }
}
