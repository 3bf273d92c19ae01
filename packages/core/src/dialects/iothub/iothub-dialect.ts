import { encodeTelemetry } from "../../messages/telemetry-packet.ts";
import type { HubDialect } from "../hub-dialect.ts";
import { connectFields } from "./connect-fields.ts";
import { encodeResponse } from "./method-response.ts";
import { telemetryTopic, topicFilter } from "./topics.ts";

/** The protocol of Azure IoT Hub over MQTT 3.1.1, also that of IoT Edge as a gateway. `iotHubReceiving` is the other part. */
export const iotHubDialect: HubDialect = {
  connectFields,
  topicFilter,
  prefix: telemetryTopic,
  encodeMessage: encodeTelemetry,
  encodeResponse,
};
