/** A system property of messages. */
interface SystemProperty {
  /** Its name in telemetry, and in the options of a message to a device or module. */
  readonly name: string;
  /** Its key in property bags. */
  readonly key: string;
  /** Only devices set it, for the hub: it isn't forwarded to modules. */
  readonly from?: "device";
  /** The sender of a message to a device or module can set it. */
  readonly isOption?: true;
}

/**
 * The system properties of messages. Telemetry, cloud-to-device messages, messages to inputs and the control API follow
 * this table.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub using the MQTT protocol"; the tables of the SDKs
 */
const properties = [
  { name: "messageId", key: "$.mid", isOption: true },
  { name: "to", key: "$.to" },
  { name: "correlationId", key: "$.cid", isOption: true },
  { name: "userId", key: "$.uid", isOption: true },
  { name: "contentType", key: "$.ct", isOption: true },
  { name: "contentEncoding", key: "$.ce", isOption: true },
  { name: "expiryTimeUtc", key: "$.exp" },
  { name: "creationTimeUtc", key: "$.ctime" },
  { name: "schema", key: "$.schema" },
  { name: "outputName", key: "$.on", from: "device" },
  { name: "interfaceId", key: "$.ifid", from: "device" },
  { name: "componentName", key: "$.sub", from: "device" },
] as const;

const rows: readonly SystemProperty[] = properties;

type OptionName = Extract<(typeof properties)[number], { readonly isOption: true }>["name"];

/** The system properties that the sender of a message to a device or module can set. */
export type MessageProperties = { [Name in OptionName]?: string };

/** The names of {@link MessageProperties}. */
export const messagePropertyNames: readonly OptionName[] = properties.flatMap((row) =>
  "isOption" in row ? [row.name] : [],
);

/** The names of system properties in telemetry, by their keys. */
export const telemetryNames: ReadonlyMap<string, string> = new Map(rows.map(({ key, name }) => [key, name]));

/** The keys of the system properties that a gateway forwards from an output to an input. */
export const forwardedKeys: ReadonlySet<string> = new Set(
  rows.filter(({ from }) => from === undefined).map(({ key }) => key),
);

/** Returns the entries of a property bag for the system properties that are set, in the order of the table. */
export function systemEntries(values: Readonly<Record<string, unknown>>): [key: string, value: string][] {
  return rows.flatMap(({ name, key }): [string, string][] => {
    const value = values[name];
    return typeof value === "string" ? [[key, value]] : [];
  });
}
