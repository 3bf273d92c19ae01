import { createServer, type Socket } from "node:net";
import { Aedes } from "aedes";
import { listenLocally } from "../../local-server.ts";
import type { Broker } from "./broker.ts";

/** Starts aedes with its defaults, except for one user name that it refuses. */
export async function startAedes(): Promise<Broker> {
  const broker = await Aedes.createBroker({
    authenticate(_client, username, _password, done) {
      if (username !== "refused") done(null, true);
      else done(Object.assign(new Error("bad user name or password"), { returnCode: 4 }), null);
    },
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  const port = await listenLocally(server);
  return {
    port,
    refuses: { port, options: { username: "refused" }, returnCode: 4 },
    marksRedelivery: false,
    async close() {
      await new Promise<void>((resolve) => broker.close(resolve));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
