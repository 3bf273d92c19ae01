import { type ChildProcess, spawn } from "node:child_process";
import { connect, type Socket } from "node:net";

/** A port whose host leaves every request for a connection (SYN) unanswered, as behind a firewall. */
export interface SilentPort {
  close(): Promise<void>;
}

/** Listens, and is then stopped: it doesn't accept connections, so that its queue can be filled. */
const program = `require("node:net").createServer().listen({ port: Number(process.argv[1]), host: process.argv[2], backlog: 1 },
  () => process.stdout.write("listening"))`;

/** Makes a port silent. */
export async function openSilentPort(host: string, port: number): Promise<SilentPort> {
  const listener = spawn(process.execPath, ["-e", program, String(port), host], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    listener.stdout?.once("data", () => resolve());
    listener.once("exit", (code) => reject(new Error(`the listener has ended with code ${code}`)));
  });
  listener.kill("SIGSTOP");
  const fillers: Socket[] = [];
  // The system drops requests as soon as the queue is full, which is somewhat longer than the backlog.
  while (await isAnswered(host, port, fillers));
  return { close: () => end(listener, fillers) };
}

/** Adds a connection to the queue. If the system doesn't answer within a second, the queue is full. */
function isAnswered(host: string, port: number, fillers: Socket[]): Promise<boolean> {
  const socket = connect(port, host);
  fillers.push(socket);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.on("error", () => {});
    // If the process was busy for that long, an answer may have arrived as well: it is reported first.
    setTimeout(() => setImmediate(() => resolve(false)), 1000);
  });
}

async function end(listener: ChildProcess, fillers: readonly Socket[]): Promise<void> {
  for (const socket of fillers) socket.destroy();
  const ended = new Promise((resolve) => listener.once("exit", resolve));
  listener.kill("SIGKILL");
  await ended;
}
