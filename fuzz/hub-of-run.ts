import { type Emulator, startEmulator } from "../packages/emulator/src/index.ts";

let started: Promise<Emulator> | undefined;

/** The emulator of this run, with the device `d1`. It starts with the first call. */
export function hubOfRun(): Promise<Emulator> {
  started ??= start();
  return started;
}

/** Closes the emulator, if it has been started. */
export async function closeHubOfRun(): Promise<void> {
  await (await started)?.close();
}

async function start(): Promise<Emulator> {
  const hub = await startEmulator({ telemetryLimit: 10, blobStorage: false });
  await hub.createDevice("d1");
  return hub;
}
