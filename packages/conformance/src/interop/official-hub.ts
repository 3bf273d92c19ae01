import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { type Emulator, type EmulatorOptions, startEmulator } from "@isohub/emulator";

/** The ports that the official clients always use: MQTT over TLS, and WebSockets. */
export type OfficialPort = 8883 | 443;

/** A hub on the official ports, as far as this machine allows them. */
export interface OfficialHub {
  readonly emulator: Emulator;
  /** The reasons why ports aren't available; `undefined` for those that are. */
  readonly refused: Readonly<Record<OfficialPort, string | undefined>>;
}

/**
 * Starts a hub on a random loopback address, so that several hubs can use the official ports. On machines with a single
 * loopback address, it is that one.
 *
 * @param hostName - the hub's name. Defaults to its address
 */
export async function startOfficialHub(
  hostName?: string,
  options: EmulatorOptions = {},
): Promise<OfficialHub> {
  const random = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const host = (await refusal(random, 0)) === undefined ? random : "127.0.0.1";
  const refused = { 8883: await refusal(host, 8883), 443: await refusal(host, 443) };
  const amqp = [await refusal(host, 5671), await refusal(host, 5672)];
  const both = [...Object.values(refused), ...amqp].every((reason) => reason === undefined);
  const port = both || refused[8883] !== undefined ? 0 : 8883;
  const named = hostName === undefined ? {} : { hostName };
  return {
    emulator: await startEmulator({ ...options, host, ...named, officialPorts: both, port }),
    refused,
  };
}

/** Removes the port from a connection string. The official clients accept only a host name. */
export function withoutPort(connectionString: string): string {
  return connectionString.replace(/^(HostName=[^:;]*):\d+/, "$1");
}

function refusal(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", ({ message }) => resolve(message));
    probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  });
}
