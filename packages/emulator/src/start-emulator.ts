import type { Emulator } from "./api/emulator.ts";
import type { KeyKind, MadeCertificate } from "./certificates/node/certificate-maker.ts";
import { makeAuthority } from "./certificates/node/server-certificate.ts";
import type { EmulatorOptions } from "./config/options.ts";
import { resolveOptions } from "./config/resolve-options.ts";
import { fileReason } from "./files/file-reason.ts";
import { makeFolder } from "./files/make-folder.ts";
import { HubServers } from "./servers/hub-servers.ts";
import { machineScope } from "./servers/machine-scope.ts";
import { type OpenLevelStore, openLevelStore } from "./store/level/open-level-store.ts";
import { MemoryStore } from "./store/memory-store.ts";
import type { Store } from "./store/store.ts";
import { contentsOf } from "./store/store-contents.ts";

// Rises when an older version would misread what this one writes.
const format = 1;

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
 * @throws {Error} with the URL of `join`, if that emulator refuses, or can't be reached within a minute
 * @throws {Error} if `data` can't be opened, or `classic-level` isn't installed
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const { data, seed } = resolved;
  const opened = data === undefined ? undefined : await openData(data);
  const store: Store = opened?.store ?? new MemoryStore();
  try {
    if (data !== undefined) checkFormat(store, data);
    const isNew = store.scope(machineScope).table("certificates").size === 0;
    if (isNew && seed?.snapshot !== undefined) store.load(contentsOf(seed.snapshot));
    const authority = resolved.authority ?? (await keptAuthority(store, resolved.certificateKey));
    const servers = new HubServers(resolved, authority, {
      store,
      barrier: opened?.journal,
      close: async () => opened?.journal.close(),
    });
    return await servers.start();
  } catch (error) {
    await opened?.journal.close();
    throw error;
  }
}

async function openData(folder: string): Promise<OpenLevelStore> {
  try {
    await makeFolder(folder);
  } catch (cause) {
    throw new Error(`data must be a folder that can be opened, got '${folder}': ${fileReason(cause)}`, {
      cause,
    });
  }
  return openLevelStore(folder, cantWrite);
}

/** Records the format of a folder, so that an older version doesn't read it in a wrong way. */
function checkFormat(store: Store, folder: string): void {
  const formats = store.scope(machineScope).table<number>("format");
  const written = formats.get("state") ?? format;
  if (written > format) {
    throw new Error(
      `data must be a folder of this version or an older one, got '${folder}', which a newer version has written; ` +
        "update @isohub/emulator, or use another folder",
    );
  }
  formats.set("state", format);
}

/** Returns the authority of earlier runs with the same data, or a new one. */
async function keptAuthority(store: Store, keyKind: KeyKind): Promise<MadeCertificate> {
  const table = store.scope(machineScope).table<MadeCertificate>("certificates");
  const authority = table.get("authority") ?? (await makeAuthority(keyKind));
  table.set("authority", authority);
  return authority;
}

// Nothing is acknowledged from now on, so going on would only look like a network failure.
function cantWrite(cause: unknown): void {
  queueMicrotask(() => {
    throw new Error("The folder of the emulator's data can't be written any more.", { cause });
  });
}
