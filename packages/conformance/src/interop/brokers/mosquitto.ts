import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenLocally } from "../../local-server.ts";
import { Program } from "../../program.ts";
import type { Broker } from "./broker.ts";

/** Finds an unused port; mosquitto can't choose one itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenLocally(server);
  server.close();
  await once(server, "close");
  return port;
}

/**
 * Starts Debian's mosquitto with a temporary configuration.
 *
 * @returns the broker; its second port accepts MQTT over WebSockets
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
  const mosquitto = new Program(program, ["-c", configuration]);
  await mosquitto.printed(/mosquitto version \S+ running/);
  return {
    port,
    webSocketPort,
    refuses: { port: closedPort, options: {}, returnCode: 5 },
    marksRedelivery: true,
    async close() {
      await mosquitto.kill();
      await rm(folder, { recursive: true });
    },
  };
}
