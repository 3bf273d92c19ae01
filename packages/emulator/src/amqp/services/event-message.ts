import { telemetryMessage } from "../../hub/telemetry/telemetry-message.ts";
import type { PartitionMessage } from "../../hub/telemetry/telemetry-partition.ts";
import type { OutgoingMessage } from "../rhea/outgoing-link.ts";
import { dataSection, types } from "../rhea/rhea.ts";

/** The annotations of system properties, by their names in telemetry. */
const annotations: Readonly<Record<string, string>> = {
  connectionDeviceId: "iothub-connection-device-id",
  connectionModuleId: "iothub-connection-module-id",
  connectionAuthMethod: "iothub-connection-auth-method",
  connectionDeviceGenerationId: "iothub-connection-auth-generation-id",
  creationTimeUtc: "iothub-creation-time-utc",
  interfaceId: "iothub-interface-id",
  messageSource: "iothub-message-source",
  componentName: "dt-subject",
  dataSchema: "dt-dataschema",
  schema: "iothub-message-schema",
};

/** The AMQP properties of system properties, by their names in telemetry. */
const properties: Readonly<Record<string, string>> = {
  messageId: "message_id",
  correlationId: "correlation_id",
  to: "to",
  contentType: "content_type",
  contentEncoding: "content_encoding",
};

/**
 * Returns a message of a partition as an Event Hub delivers it.
 *
 * @source IoT Hub documentation, "Create and read IoT Hub messages", system properties
 */
export function eventMessage({
  partitionSequenceNumber,
  offset,
  telemetry,
}: PartitionMessage): OutgoingMessage {
  const { body, properties: own, systemProperties: system } = telemetryMessage(telemetry);
  const enqueuedTime = types.wrap_timestamp(telemetry.enqueuedAt);
  const expiry = Date.parse(system["expiryTimeUtc"] ?? "");
  const named = (names: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(system).flatMap(([name, value]) => {
        const key = names[name];
        return key === undefined ? [] : [[key, value]];
      }),
    );
  return {
    ...named(properties),
    ...(system["userId"] === undefined ? {} : { user_id: Buffer.from(system["userId"]) }),
    ...(Number.isNaN(expiry) ? {} : { absolute_expiry_time: expiry }),
    application_properties: own,
    message_annotations: {
      "x-opt-sequence-number": types.wrap_long(partitionSequenceNumber),
      "x-opt-offset": offset,
      "x-opt-enqueued-time": enqueuedTime,
      "x-opt-partition-key": telemetry.identity.deviceId,
      "iothub-enqueuedtime": enqueuedTime,
      "iothub-message-source": "Telemetry",
      ...named(annotations),
    },
    body: dataSection(body),
  };
}
