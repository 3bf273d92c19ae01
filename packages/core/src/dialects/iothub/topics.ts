import { type Identity, pathOf } from "../../auth/identity.ts";
import type { SubscriptionName } from "../../connection/dialect.ts";
import type { TopicFilter } from "../../mqtt/engine.ts";

/** The telemetry topic without its property bag. */
export function telemetryTopic(identity: Identity): string {
  return `${pathOf(identity)}/messages/events/`;
}

export function methodResponseTopic(requestId: string, status: number): string {
  return `$iothub/methods/res/${status}/?$rid=${requestId}`;
}

/**
 * The start of the topics of each subscription. The hub accepts these five filters only. A topic that does not begin with
 * `$iothub` follows the path of the identity.
 */
export const prefixes: Readonly<Record<SubscriptionName, string>> = {
  twinPatches: "$iothub/twin/PATCH/properties/desired/",
  twinResponses: "$iothub/twin/res/",
  methods: "$iothub/methods/POST/",
  c2d: "messages/devicebound/",
  inputs: "inputs/",
};
/** The topic filter of a subscription. The hub sends twins and methods at QoS 0 only; C2D and inputs have to be QoS 1. */
export function topicFilter(name: SubscriptionName, identity: Identity): TopicFilter {
  const prefix = prefixes[name];
  return prefix.startsWith("$")
    ? { filter: `${prefix}#`, qos: 0 }
    : { filter: `${pathOf(identity)}/${prefix}#`, qos: 1 };
}
