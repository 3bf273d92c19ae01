import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { type Emulator, type EmulatorOptions, startEmulator } from "@isohub/emulator";

/** The ports that the official clients cannot be talked out of: MQTT over TLS, and WebSockets. */
export type OfficialPort = 8883 | 443;

/** A hub on the official ports, as far as this machine lets it. */
export interface OfficialHub {
  readonly emulator: Emulator;
  /** Why a port could not be had; undefined when it was. */
  readonly refused: Readonly<Record<OfficialPort, string | undefined>>;
}

/**
 * Starts a hub on a loopback address of its own: whoever else runs a hub on this machine has another one. Where only
 * one address is loopback it is that one.
 *
 * @param hostName - what the hub calls itself; its address when left out
 */
export async function startOfficialHub(
  hostName?: string,
  options: EmulatorOptions = {},
): Promise<OfficialHub> {
  const own = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const host = (await refusal(own, 0)) === undefined ? own : "127.0.0.1";
  const refused = { 8883: await refusal(host, 8883), 443: await refusal(host, 443) };
  const both = refused[8883] === undefined && refused[443] === undefined;
  const port = both || refused[8883] !== undefined ? 0 : 8883;
  const named = hostName === undefined ? {} : { hostName };
  return {
    emulator: await startEmulator({ ...options, host, ...named, officialPorts: both, port }),
    refused,
  };
}

/** The host name alone, as the official clients want it: they know the port themselves. */
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
