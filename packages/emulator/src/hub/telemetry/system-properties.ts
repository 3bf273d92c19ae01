import { type MessageFieldName, messageFields } from "@isohub/core/internal";

/** A system property of messages. */
interface SystemProperty {
  /** Its name in telemetry, and in the options of a message to a device or module. */
  readonly name: string;
  /** Its key in property bags. */
  readonly key: string;
  /** Whether only devices set it, for the hub: then it isn't forwarded to modules. */
  readonly isForHub?: boolean;
}

/** The system properties that the sender of a message to a device or module can set. */
export type MessageProperties = {
  [Name in Exclude<
    MessageFieldName,
    "outputName" | "iothubInterfaceId" | "to" | "expiryTimeUtc" | "ack"
  >]?: string;
};

/**
 * The system properties of messages: those of core, and those that only other clients set. Telemetry, cloud-to-device
 * messages and messages to inputs follow this table.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub using the MQTT protocol"; the tables of the SDKs
 */
const properties: readonly SystemProperty[] = [
  ...messageFields
    .filter(({ key }) => key.startsWith("$."))
    .map(({ name, key, from }) => ({
      name: name === "iothubInterfaceId" ? "interfaceId" : name,
      key,
      isForHub: from === "device",
    })),
  { name: "creationTimeUtc", key: "$.ctime" },
  { name: "schema", key: "$.schema" },
  { name: "componentName", key: "$.sub", isForHub: true },
];

/** The names of system properties in telemetry, by their keys. */
export const telemetryNames: ReadonlyMap<string, string> = new Map(
  properties.map(({ key, name }) => [key, name]),
);

/** The keys of the system properties that a gateway forwards from an output to an input. */
export const forwardedKeys: ReadonlySet<string> = new Set(
  properties.filter(({ isForHub }) => isForHub !== true).map(({ key }) => key),
);

/** Returns the entries of a property bag for the system properties that are set, in the order of the table. */
export function systemEntries(values: Readonly<Record<string, unknown>>): [key: string, value: string][] {
  return properties.flatMap(({ name, key }): [string, string][] => {
    const value = values[name];
    return typeof value === "string" ? [[key, value]] : [];
  });
}
