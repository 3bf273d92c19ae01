import type { Hub } from "../hub/hub.ts";
import type { ServiceTwin } from "../hub/views/service-view.ts";

/** A change of a twin by a service. Members with the value `null` are removed from the twin. */
export interface TwinPatch {
  /** Merged into the tags, which devices can't see. */
  readonly tags?: object;
  /** Merged into the desired properties, and sent to the device if it is subscribed. */
  readonly desired?: object;
}

/** The twins of devices and modules. */
export interface EmulatorTwins {
  /**
   * Returns the twin as a service sees it, with tags and metadata.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound
   */
  getTwin(identity: string): Promise<ServiceTwin>;
  /**
   * Merges a patch into the tags and the desired properties. Returns the updated twin.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound, ArgumentInvalid
   */
  patchTwin(identity: string, patch: TwinPatch): Promise<ServiceTwin>;
  /**
   * Merges a patch into the desired properties, and sends it to the device if it is subscribed. Returns the updated twin.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound, ArgumentInvalid
   */
  patchDesired(identity: string, patch: object): Promise<ServiceTwin>;
  /**
   * Merges a patch into the tags, which devices can't see. Returns the updated twin.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound, ArgumentInvalid
   */
  patchTags(identity: string, patch: object): Promise<ServiceTwin>;
}

/** Implements {@link EmulatorTwins} with a hub. */
export function twinsOf({ registry, twins, views }: Hub): EmulatorTwins {
  const patchTwin = async (identity: string, { tags, desired }: TwinPatch): Promise<ServiceTwin> => {
    const record = registry.named(identity);
    twins.change(record, { tags, desired });
    return views.twin(record);
  };
  return {
    getTwin: async (identity) => views.twin(registry.named(identity)),
    patchTwin,
    patchDesired: (identity, desired) => patchTwin(identity, { desired }),
    patchTags: (identity, tags) => patchTwin(identity, { tags }),
  };
}
