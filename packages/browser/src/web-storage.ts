import type { AssignmentStorage } from "@isohub/core";

/**
 * Keeps which hub a device was assigned to in the page's `localStorage`, for `createFromProvisioning`. There are no
 * secrets in it. Where a page may not use it, the device registers at each start, which `onBackgroundException` says.
 *
 * @param area - another one, such as `sessionStorage`
 * @example
 * IoTHubDeviceClient.createFromProvisioning({ ...device, storage: webStorage() });
 */
export function webStorage(area?: Storage): AssignmentStorage {
  // Looked for late: asking for it throws in a page that may not have it, and workers have none.
  const found = (): Storage => {
    const storage: Storage | undefined = area ?? globalThis.localStorage;
    if (storage === undefined) throw new Error("There is no localStorage here");
    return storage;
  };
  return {
    get: (key) => found().getItem(key),
    set: (key, value) => found().setItem(key, value),
  };
}
