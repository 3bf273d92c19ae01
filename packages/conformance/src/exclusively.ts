import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Tools whose caches several processes must not write to at once, and the port that stands for each. */
const ports = { maven: 47_813, pip: 47_814 } as const;

/** Does work that uses a tool while no other process does. A listening socket is the lock: it ends with its process. */
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
