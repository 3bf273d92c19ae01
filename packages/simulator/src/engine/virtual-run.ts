import { encodeBase64 } from "@isohub/core/internal";
import type { Clock, CryptoProvider } from "@isohub/core/runtime";
import { readScenario } from "../checks/read-scenario.ts";
import { randomStream } from "../generators/random.ts";
import { type HubControl, localHub } from "../hub/local-hub.ts";
import type { Report } from "../statistics/report.ts";
import { VirtualTime } from "../time/virtual-time.ts";
import type { SimulatorPlatform } from "./platform.ts";
import { Simulation, type SimulationOptions } from "./simulation.ts";

/** A hub in this program with clients for it, as `createMemoryHub` of `@isohub/emulator/web` returns it. */
export type VirtualHub = HubControl &
  SimulatorPlatform & {
    /** Ends the hub and its connections. */
    close(): Promise<void>;
  };

/** Options that make a hub in memory reproducible. */
export interface VirtualHubOptions {
  /** The virtual time, which hub and clients share. */
  readonly clock: Clock;
  readonly crypto: CryptoProvider;
  /** Makes the key of an identity, as base64. */
  readonly makeKey: () => string;
  /** The number of messages that the hub holds. */
  readonly telemetryLimit: number;
}

const start = Date.UTC(2026, 0, 1);

/**
 * Runs a scenario against a hub in memory, in virtual time: an hour of 100 devices takes seconds. The same scenario gives the same report,
 * bit for bit: times, keys and the delays of reconnecting come from the seed as well.
 *
 * @param document - a scenario, all of whose groups are at the local hub
 * @param createHub - `createMemoryHub` of `@isohub/emulator/web`
 * @throws {ArgumentError} `invalid_argument`: the document isn't a scenario, or a group is elsewhere
 */
export async function runVirtually(
  document: unknown,
  createHub: (options: VirtualHubOptions) => VirtualHub,
  options: Pick<SimulationOptions, "observers" | "shard"> = {},
): Promise<Report> {
  const scenario = readScenario(document);
  const time = new VirtualTime(start);
  const random = randomStream(scenario.seed ?? 1, 301);
  const makeKey = (): string =>
    encodeBase64(Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256)));
  const hub = createHub({ clock: time, crypto: time.crypto, makeKey, telemetryLimit: 100_000 });
  const { IoTHubDeviceClient, IoTHubModuleClient, engine } = hub;
  const platform = { IoTHubDeviceClient, IoTHubModuleClient, engine, clock: time, repeatsDelays: true };
  const simulation = new Simulation(scenario, platform, { ...options, hub: localHub(hub) });
  const run = async (): Promise<Report> => {
    const report = await simulation.run();
    await hub.close();
    return report;
  };
  return time.run(run());
}
