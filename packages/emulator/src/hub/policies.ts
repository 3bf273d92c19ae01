import type { Store } from "../store/store.ts";

/** A right that a shared access policy can grant. */
export type Permission = "RegistryRead" | "RegistryWrite" | "ServiceConnect" | "DeviceConnect";

/** A shared access policy of the hub. */
export interface SharedAccessPolicy {
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** The keys of a policy, as they are stored. */
export interface PolicyKeys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

const builtIn: Readonly<Record<string, readonly Permission[]>> = {
  iothubowner: ["RegistryRead", "RegistryWrite", "ServiceConnect", "DeviceConnect"],
  service: ["ServiceConnect"],
  device: ["DeviceConnect"],
  registryRead: ["RegistryRead"],
  registryReadWrite: ["RegistryRead", "RegistryWrite"],
};

/**
 * Returns the five policies that every hub is created with.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export function builtInPolicies(store: Store, newKey: () => string): ReadonlyMap<string, SharedAccessPolicy> {
  return new Map(
    Object.entries(builtIn).map(([name, permissions]) => [
      name,
      { name, permissions: new Set(permissions), ...policyKeys(store, name, newKey) },
    ]),
  );
}

/** Returns the keys of a policy; they are created the first time. */
export function policyKeys(store: Store, name: string, newKey: () => string): PolicyKeys {
  const table = store.table<PolicyKeys>("policies");
  const keys = table.get(name) ?? { primaryKey: newKey(), secondaryKey: newKey() };
  table.set(name, keys);
  return keys;
}
