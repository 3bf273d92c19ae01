import { type Identity, nameOf } from "../../auth/identity.ts";
import type { Agent, ConnectFields } from "../../connection/dialect.ts";
import { encodePercent } from "../../util/percent.ts";

/** The API version that a client announces. @source IoT Hub documentation, recommended for devices; Node SDK 1.18 */
const apiVersion = "2021-04-12";

/** The client id, and the user name with hub, identity, API version, model and user agent. */
export function connectFields(identity: Identity, { userAgent, modelId }: Agent): ConnectFields {
  const clientId = nameOf(identity);
  const model = modelId === undefined ? "" : `&model-id=${encodePercent(modelId)}`;
  const agent = `${model}&DeviceClientType=${encodePercent(userAgent)}`;
  return { clientId, username: `${identity.hostName}/${clientId}/?api-version=${apiVersion}${agent}` };
}
