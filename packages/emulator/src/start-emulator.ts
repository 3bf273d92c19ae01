import type { Emulator } from "./api/emulator.ts";
import { makeAuthority } from "./certificates/node/server-certificate.ts";
import { HubServers } from "./hub-servers.ts";
import type { EmulatorOptions } from "./options.ts";
import { resolveOptions } from "./resolve-options.ts";
import { MemoryStore } from "./store/memory-store.ts";

/**
 * Starts a local IoT hub. By default it uses free ports, generates a new certificate authority, and writes nothing to
 * disk, so several emulators can run in one process.
 *
 * @example
 * ```ts
 * await using hub = await startEmulator();
 * const { connectionString } = await hub.createDevice("thermostat");
 * ```
 * @throws {TypeError} for an unknown option, and for a seed that isn't valid, with the path of its member
 * @throws {RangeError} for a number out of range
 * @throws {Error} with `code` `EACCES`, `EADDRINUSE` or `EADDRNOTAVAIL` if a port can't be bound
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const authority = resolved.authority ?? (await makeAuthority());
  return new HubServers(resolved, authority, new MemoryStore(resolved.seed?.snapshot)).start();
}
