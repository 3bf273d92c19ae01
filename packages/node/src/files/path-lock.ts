import { createHash } from "node:crypto";
import { realpath, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

/**
 * Acquires a lock on a path that ends with the process, however it ends: the name of a local socket, because Node has no locks on files.
 *
 * @param platform - for tests
 * @returns a function that releases it, or `undefined` if this or another process holds it
 */
export async function lockPath(
  path: string,
  platform: NodeJS.Platform = process.platform,
): Promise<(() => Promise<void>) | undefined> {
  const real = join(await realpath(dirname(path)), basename(path));
  const name = `isohub-${createHash("sha256").update(real).digest("hex").slice(0, 32)}`;
  const address = socketAddress(name, platform);
  const server = (await listen(address)) ?? ((await isStale(address)) ? await listen(address) : undefined);
  if (server === undefined) return undefined;
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Pipes of Windows and abstract names of Linux end with their process; a file, as on other systems, stays. */
function socketAddress(name: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return `\\\\.\\pipe\\${name}`;
  return platform === "linux" ? `\0${name}` : join(tmpdir(), `${name}.lock`);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Whether the process has ended that listened to a socket. Then the file of the socket is removed. */
async function isStale(path: string): Promise<boolean> {
  if (!path.endsWith(".lock")) return false;
  const isAlive = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true));
    socket.once("error", () => resolve(false)).once("close", () => socket.destroy());
  });
  if (isAlive) return false;
  await rm(path, { force: true });
  return true;
}
