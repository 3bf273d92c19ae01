import { type Emulator, startEmulator } from "../packages/emulator/src/index.ts";
import { createProxyCertificates, type ProxyCertificates } from "./certificates.ts";
import { Resolver } from "./resolver.ts";

/** The environment that all cells of a run share. */
export interface TestBed {
  readonly hub: Emulator;
  readonly certificates: ProxyCertificates;
  readonly resolver: Resolver;
  close(): Promise<void>;
}

/**
 * Starts the hub of a run.
 *
 * @param telemetryLimit - the number of messages that the hub keeps
 * @param blobStorage - whether devices can upload files, which takes a separate process
 */
export async function openTestBed({
  telemetryLimit = 1_000_000,
  blobStorage = false,
} = {}): Promise<TestBed> {
  const resolver = new Resolver("matrix.test");
  const hub = await startEmulator({
    telemetryLimit,
    blobStorage,
    c2dLockSeconds: 3,
    provisioningRetryAfterSeconds: 0,
  });
  return {
    hub,
    certificates: await createProxyCertificates(resolver.domain),
    resolver,
    async close() {
      resolver.restore();
      await hub.close();
    },
  };
}
