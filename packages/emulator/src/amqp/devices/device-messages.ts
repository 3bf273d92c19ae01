import { decodePercent, decodePropertyBag, encodePropertyBag } from "@isohub/core/internal";
import type { FetchedMessage, QueuedMessage } from "../../hub/deliveries/queued-message.ts";
import { systemEntries, telemetryNames } from "../../hub/telemetry/system-properties.ts";
import { annotationsOf, propertiesOf, propertyText, textOf } from "../message-fields.ts";
import type { OutgoingMessage } from "../rhea/outgoing-link.ts";
import { dataSection, type Message, types } from "../rhea/rhea.ts";

/** The AMQP properties and annotations of system properties, by the names of the latter. */
const fields: readonly (readonly [name: string, field: string])[] = [
  ["messageId", "message_id"],
  ["correlationId", "correlation_id"],
  ["userId", "user_id"],
  ["contentType", "content_type"],
  ["contentEncoding", "content_encoding"],
  ["expiryTimeUtc", "absolute_expiry_time"],
  ["creationTimeUtc", "creation_time"],
];

const annotations: readonly (readonly [name: string, annotation: string])[] = [
  ["outputName", "x-opt-output-name"],
  ["interfaceId", "iothub-interface-id"],
  ["componentName", "dt-subject"],
  ["creationTimeUtc", "iothub-creation-time-utc"],
  ["schema", "iothub-message-schema"],
];

/** The annotations that name the sender of a message to an input, by the keys in its property bag. */
const originAnnotations = new Map([
  ["$.cdid", "iothub-connection-device-id"],
  ["$.cmid", "iothub-connection-module-id"],
]);

/** Returns the property bag of a message that a device sends. */
export function bagOf(message: Message): string {
  const added = annotationsOf(message);
  const system: Record<string, string | undefined> = {};
  for (const [name, annotation] of annotations) system[name] = textOf(added[annotation]);
  for (const [name, field] of fields) {
    system[name] = propertyText(message, field) ?? system[name];
  }
  const properties = Object.entries(propertiesOf(message)).map(([key, value]): [string, string] => [
    key,
    textOf(value) ?? "",
  ]);
  return encodePropertyBag([...systemEntries(system), ...properties]);
}

/** Returns a cloud-to-device message, or one to an input of a module, as the device or module receives it. */
export function messageToDevice(fetched: FetchedMessage<QueuedMessage>): OutgoingMessage {
  const { message, enqueuedAt, sequenceNumber, deliveryCount } = fetched;
  const [, input] = /^devices\/[^/]+\/modules\/[^/]+\/inputs\/([^/]*)\//.exec(message.topic) ?? [];
  const bag = message.topic.slice(message.topic.lastIndexOf("/") + 1);
  const system: Record<string, string> = {};
  const own: [string, string][] = [];
  const origin: Record<string, string> = {};
  for (const [key, value] of decodePropertyBag(bag)) {
    const name = telemetryNames.get(key) ?? "";
    const annotation = originAnnotations.get(key);
    if (annotation !== undefined) origin[annotation] = value ?? "";
    else if (key.startsWith("$.")) system[name] = value ?? "";
    else own.push([key, value ?? ""]);
  }
  const { userId, expiryTimeUtc, to } = system;
  const text = fields.flatMap(([name, field]) => {
    const isText = !["userId", "expiryTimeUtc", "creationTimeUtc"].includes(name);
    return isText && system[name] !== undefined ? [[field, system[name]]] : [];
  });
  return {
    ...Object.fromEntries(text),
    ...(to === undefined ? {} : { to }),
    ...(userId === undefined ? {} : { user_id: Buffer.from(userId) }),
    ...(expiryTimeUtc === undefined ? {} : { absolute_expiry_time: Date.parse(expiryTimeUtc) }),
    application_properties: Object.fromEntries(own),
    message_annotations: {
      "iothub-enqueuedtime": types.wrap_timestamp(enqueuedAt),
      "iothub-deliverycount": types.wrap_uint(deliveryCount),
      "x-opt-sequence-number": types.wrap_long(sequenceNumber),
      ...(input === undefined ? {} : { "x-opt-input-name": decodePercent(input) }),
      ...origin,
    },
    body: dataSection(message.body),
  };
}
