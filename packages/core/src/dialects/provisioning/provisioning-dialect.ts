import type { Dialect } from "../../connection/dialect.ts";
import type { OutboundPublish } from "../../mqtt/engine.ts";
import type { JsonObject } from "../../util/json.ts";
import { encodePercent } from "../../util/percent.ts";
import { type Registrant, registrationResource } from "./registrant.ts";
import { pollTopic, registerTopic, registrationFilter } from "./registration-topics.ts";

const apiVersion = "2019-03-31";
const apiVersionWithCertificates = "2025-07-01-preview";

/** The protocol of the Device Provisioning Service. A device subscribes to the responses and nothing else. */
export const provisioningDialect: Dialect<Registrant, "responses"> = {
  connectFields(registrant, { userAgent }) {
    const version = registrant.requestsCertificate ? apiVersionWithCertificates : apiVersion;
    return {
      clientId: registrant.registrationId,
      username: `${registrationResource(registrant)}/api-version=${version}&ClientVersion=${encodePercent(userAgent)}`,
    };
  },
  topicFilter: () => ({ filter: registrationFilter, qos: 1 }),
};

/** @param request - without secrets */
export function registerRequest(requestId: string, request: JsonObject): OutboundPublish {
  return publish(registerTopic(requestId), JSON.stringify(request));
}

export function pollRequest(requestId: string, operationId: string): OutboundPublish {
  // The service requires a body, a space is enough.
  return publish(pollTopic(requestId, operationId), " ");
}

function publish(topic: string, payload: string): OutboundPublish {
  // One request at a time: they can share a packet id.
  return { topic, payload, qos: 1, dup: false, packetId: 1 };
}
