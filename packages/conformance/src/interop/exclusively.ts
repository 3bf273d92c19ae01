import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** The tools whose caches only one process at a time may write to, with the port of their locks. */
const ports = { maven: 47_813, pip: 47_814 } as const;

/** Runs work while no other process uses the tool. A listening socket is the lock: it ends with its process. */
export async function exclusively<T>(tool: keyof typeof ports, work: () => Promise<T>): Promise<T> {
  const lock = await listen(ports[tool]);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

async function listen(port: number): Promise<Server> {
  for (;;) {
    const server = createServer((socket) => socket.destroy());
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
    await delay(200);
  }
}
