import type { Hub } from "../hub/hub.ts";
import type { HubQuota } from "../hub/limits/throttles.ts";

/** The limits of a hub. */
export interface EmulatorQuota {
  /** Returns the limits of the hub's tier, how much of the daily quota is used, and how many operations were refused. */
  quota(): HubQuota;
}

/** Implements {@link EmulatorQuota} with a hub. */
export function quotaOf({ throttles }: Hub): EmulatorQuota {
  return { quota: () => throttles.quota };
}
