import { decodeMessage } from "../../messages/received-message.ts";
import { encodeTelemetry } from "../../messages/telemetry-packet.ts";
import type { HubDialect } from "../hub-dialect.ts";
import { connectFields } from "./connect-fields.ts";
import { encodeResponse, readCall } from "./method-messages.ts";
import { readInbound, telemetryTopic, topicFilter } from "./topics.ts";
import { checkTwinResponse, encodeTwinRequest, readPatch, readReported, readTwin } from "./twin-requests.ts";

/** The protocol of Azure IoT Hub over MQTT 3.1.1, also that of IoT Edge as a gateway. */
export const iotHubDialect: HubDialect = {
  connectFields,
  topicFilter,
  prefix: telemetryTopic,
  readInbound,
  encodeMessage: encodeTelemetry,
  readMessage: ({ bag, name }, payload) => decodeMessage(bag, payload, name),
  readCall,
  encodeResponse,
  encodeTwinRequest,
  checkTwinResponse,
  readTwin,
  readReported,
  readPatch,
};
