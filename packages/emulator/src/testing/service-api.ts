import type { BlobContainer } from "../blobs/blob-container.ts";
import { systemClock } from "../hub/clock.ts";
import type { Hub } from "../hub/hub.ts";
import { RegistryJobs } from "../service/registry-jobs/registry-jobs.ts";
import { createServiceApi, type ServiceApi } from "../service/service-api.ts";
import { MemoryStore } from "../store/memory-store.ts";

/** A blob container in memory. */
export class MemoryContainer implements BlobContainer {
  readonly blobs = new Map<string, readonly string[]>();

  async *lines(blobName: string): AsyncGenerator<string> {
    yield* this.blobs.get(blobName) ?? [];
  }

  async write(blobName: string, lines: Iterable<string>): Promise<void> {
    this.blobs.set(blobName, [...lines]);
  }
}

/** Creates the service API of a hub. Its imports and exports use one container, whatever their URL is. */
export function serviceApiOf(hub: Hub, container: BlobContainer = new MemoryContainer()): ServiceApi {
  const store = new MemoryStore();
  const jobs = new RegistryJobs({ hub, clock: systemClock, store, openContainer: () => container });
  return createServiceApi(hub, jobs, () => true);
}
