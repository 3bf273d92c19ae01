import { type Identity, nameOf } from "../../auth/identity.ts";
import type { Agent } from "../../connection/dialect.ts";
import { encodePercent } from "../../util/percent.ts";

/** The API version that a client announces. @source IoT Hub documentation, recommended for devices; Node SDK 1.18 */
const apiVersion = "2021-04-12";

/** The MQTT user name: hub, identity, API version, model and user agent. */
export function userNameOf(identity: Identity, { userAgent, modelId }: Agent): string {
  const model = modelId === undefined ? "" : `&model-id=${encodePercent(modelId)}`;
  const agent = `${model}&DeviceClientType=${encodePercent(userAgent)}`;
  return `${identity.hostName}/${nameOf(identity)}/?api-version=${apiVersion}${agent}`;
}
