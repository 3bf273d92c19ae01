import { nameOf } from "../../auth/identity.ts";
import { decodeMessage } from "../../messages/received-message.ts";
import { encodeTelemetry } from "../../messages/telemetry-packet.ts";
import type { HubDialect } from "../hub-dialect.ts";
import { encodeResponse, readCall } from "./method-messages.ts";
import { readInbound, telemetryTopic, topicFilter } from "./topics.ts";
import { getTwin, patchReported, readPatch } from "./twin-requests.ts";
import { userNameOf } from "./user-name.ts";

/** The protocol of Azure IoT Hub over MQTT 3.1.1, also that of IoT Edge as a gateway. */
export const iotHubDialect: HubDialect = {
  connectFields: (identity, agent) => ({
    clientId: nameOf(identity),
    username: userNameOf(identity, agent),
  }),
  topicFilter,
  prefix: telemetryTopic,
  readInbound,
  encodeMessage: encodeTelemetry,
  readMessage: ({ bag, name }, payload) => decodeMessage(bag, payload, name),
  readCall,
  encodeResponse,
  getTwin,
  patchReported,
  readPatch,
};
