import type { AssignmentStorage } from "@isohub/core";

/**
 * Stores the hub that `createFromProvisioning` was assigned to in the page's `localStorage`. It contains no secrets. Without
 * access to `localStorage`, the device registers at each start and reports `storage_failed` to `onBackgroundException`.
 *
 * @param area - another area, such as `sessionStorage`
 * @example
 * IoTHubDeviceClient.createFromProvisioning({ ...device, storage: webStorage() });
 */
export function webStorage(area?: Storage): AssignmentStorage {
  // Read on each use: the property throws in a page without access, and workers don't have it.
  const findStorage = (): Storage => {
    const storage: Storage | undefined = area ?? globalThis.localStorage;
    if (storage === undefined) throw new Error("localStorage isn't available in this context");
    return storage;
  };
  return {
    get: (key) => findStorage().getItem(key),
    set: (key, value) => findStorage().setItem(key, value),
  };
}
