/** What a shared access policy may allow. */
export type Permission = "RegistryRead" | "RegistryWrite" | "ServiceConnect" | "DeviceConnect";

/** A shared access policy of the hub. */
export interface SharedAccessPolicy {
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/**
 * The five policies every hub is created with, with fresh keys.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub with shared access signatures"
 */
export function builtInPolicies(newKey: () => string): ReadonlyMap<string, SharedAccessPolicy> {
  const rights: Record<string, readonly Permission[]> = {
    iothubowner: ["RegistryRead", "RegistryWrite", "ServiceConnect", "DeviceConnect"],
    service: ["ServiceConnect"],
    device: ["DeviceConnect"],
    registryRead: ["RegistryRead"],
    registryReadWrite: ["RegistryRead", "RegistryWrite"],
  };
  return new Map(
    Object.entries(rights).map(([name, permissions]) => [
      name,
      { name, permissions: new Set(permissions), primaryKey: newKey(), secondaryKey: newKey() },
    ]),
  );
}
