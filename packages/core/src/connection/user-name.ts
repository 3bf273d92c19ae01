import { clientIdOf, type Identity } from "../mqtt/topics.ts";
import { encodePercent } from "../util/percent.ts";

/** The API version a client announces. @source IoT Hub documentation, recommended for devices; Node SDK 1.18 */
export const apiVersion = "2021-04-12";

/** The MQTT user name: hub, identity and what the client is. */
export function userNameOf(identity: Identity, userAgent: string, modelId: string | undefined): string {
  const base = `${identity.hostName}/${clientIdOf(identity)}/?api-version=${apiVersion}`;
  const agent = `&DeviceClientType=${encodePercent(userAgent)}`;
  return modelId === undefined ? base + agent : `${base}&model-id=${encodePercent(modelId)}${agent}`;
}
