import type { Store } from "../../store/store.ts";
import type { KeyMaker } from "../identities/authentication.ts";

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

/** The names of the policies that every hub is created with. */
export const builtInPolicyNames: readonly string[] = Object.keys(builtIn);

/**
 * Returns the five policies that every hub is created with.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export function builtInPolicies(store: Store, makeKey: KeyMaker): ReadonlyMap<string, SharedAccessPolicy> {
  return new Map(
    Object.entries(builtIn).map(([name, permissions]) => [
      name,
      { name, permissions: new Set(permissions), ...policyKeys(store, name, makeKey) },
    ]),
  );
}

/** Returns the keys of a policy; they are created the first time. */
export function policyKeys(store: Store, name: string, makeKey: KeyMaker): PolicyKeys {
  const table = store.table<PolicyKeys>("policies");
  const keys = table.get(name) ?? {
    primaryKey: makeKey(`policies/${name}`, "primary"),
    secondaryKey: makeKey(`policies/${name}`, "secondary"),
  };
  table.set(name, keys);
  return keys;
}
