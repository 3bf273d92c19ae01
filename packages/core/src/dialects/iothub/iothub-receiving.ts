import { decodeMessage } from "../../messages/received-message.ts";
import { parseJson } from "../../util/json.ts";
import type { ReceivingDialect } from "../receiving-dialect.ts";
import { readInbound } from "./inbound-topics.ts";
import { checkTwinResponse, encodeTwinRequest, readPatch, readReported, readTwin } from "./twin-requests.ts";

/** The protocol of Azure IoT Hub over MQTT 3.1.1: what a client needs that receives something. */
export const iotHubReceiving: ReceivingDialect = {
  readInbound,
  readMessage: ({ bag, name }, payload) => decodeMessage(bag, payload, name),
  readCall: (payload) => (payload.length === 0 ? null : parseJson(payload)),
  encodeTwinRequest,
  checkTwinResponse,
  readTwin,
  readReported,
  readPatch,
};
