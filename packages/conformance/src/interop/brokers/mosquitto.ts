import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Broker } from "./broker.ts";

/** A port that nobody listens at; mosquitto cannot be told to choose one. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts Debian's mosquitto, with a configuration of its own.
 *
 * @returns the broker; its second port speaks MQTT over WebSockets
 */
export async function startMosquitto(program: string): Promise<Broker & { readonly webSocketPort: number }> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-mosquitto-"));
  const [port, webSocketPort, closedPort] = [await freePort(), await freePort(), await freePort()];
  const configuration = join(folder, "mosquitto.conf");
  await writeFile(
    configuration,
    [
      "persistence false",
      "log_dest stderr",
      "per_listener_settings true",
      `listener ${port} 127.0.0.1`,
      "allow_anonymous true",
      `listener ${webSocketPort} 127.0.0.1`,
      "allow_anonymous true",
      "protocol websockets",
      `listener ${closedPort} 127.0.0.1`,
      "allow_anonymous false",
      "",
    ].join("\n"),
  );
  const child = spawn(program, ["-c", configuration], { stdio: ["ignore", "ignore", "pipe"] });
  const over = once(child, "exit");
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`mosquitto ended with code ${code}: ${said}`)));
    child.stderr.on("data", (text) => {
      said += text;
      if (/mosquitto version \S+ running/.test(said)) resolve();
    });
  });
  return {
    port,
    webSocketPort,
    refuses: { port: closedPort, options: {}, returnCode: 5 },
    marksRedelivery: true,
    async close() {
      child.kill();
      await over;
      await rm(folder, { recursive: true });
    },
  };
}
