import { decodePercent } from "../util/percent.ts";

/** Who a client is at the hub. Ids stand in topics, client id and user name as they are, never encoded. */
export interface Identity {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** `{device}` or `{device}/{module}`: the MQTT client id. */
export function clientIdOf({ deviceId, moduleId }: Identity): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

/** What a SAS token of this identity opens. */
export function resourceOf(identity: Identity): string {
  return `${identity.hostName}/${pathOf(identity)}`;
}

function pathOf({ deviceId, moduleId }: Identity): string {
  return `devices/${deviceId}${moduleId === undefined ? "" : `/modules/${moduleId}`}`;
}

/** Telemetry topic without its property bag. */
export function telemetryTopic(identity: Identity): string {
  return `${pathOf(identity)}/messages/events/`;
}

export function twinGetTopic(requestId: string): string {
  return `$iothub/twin/GET/?$rid=${requestId}`;
}

export function twinReportedTopic(requestId: string): string {
  return `$iothub/twin/PATCH/properties/reported/?$rid=${requestId}`;
}

export function methodResponseTopic(requestId: string, status: number): string {
  return `$iothub/methods/res/${status}/?$rid=${requestId}`;
}

/**
 * What a client can subscribe to, with the start of its topics: the hub knows these five filters and no other. What does
 * not begin with `$iothub` stands behind the path of the identity.
 */
const prefixes = {
  twinPatches: "$iothub/twin/PATCH/properties/desired/",
  twinResponses: "$iothub/twin/res/",
  methods: "$iothub/methods/POST/",
  c2d: "messages/devicebound/",
  inputs: "inputs/",
};
export type SubscriptionName = keyof typeof prefixes;
const names = Object.keys(prefixes) as SubscriptionName[];

/** The topic filter of a subscription. */
export function filterOf(name: SubscriptionName, identity: Identity): string {
  const prefix = prefixes[name];
  return `${prefix.startsWith("$") ? "" : `${pathOf(identity)}/`}${prefix}#`;
}

/** A topic from the hub, read. */
export interface InboundTopic {
  readonly subscription: SubscriptionName;
  /** The method, the input, or the status of a twin's answer; empty for the others. */
  readonly name: string;
  /** The number of a method call or twin request, as it is; empty for the others. */
  readonly requestId: string;
  /** What else there is: a property bag, or what {@link parameter} reads. */
  readonly bag: string;
}

/** Reads a topic from the hub; `undefined` when it is none that this identity subscribes to. */
export function readTopic(topic: string, identity: Identity): InboundTopic | undefined {
  const path = topic.startsWith("$") ? "" : `${pathOf(identity)}/`;
  if (!topic.startsWith(path)) return undefined;
  for (const subscription of names) {
    const prefix = prefixes[subscription];
    if (!topic.startsWith(prefix, path.length)) continue;
    let name = "";
    let requestId: string | undefined = "";
    let bag = topic.slice(path.length + prefix.length);
    // The others have no level of their own in front of the bag.
    if (subscription !== "c2d" && subscription !== "twinPatches") {
      const slash = bag.indexOf("/");
      name = decodePercent(slash < 0 ? bag : bag.slice(0, slash));
      bag = slash < 0 ? "" : bag.slice(slash + 1);
      if (subscription !== "inputs") {
        requestId = parameter(bag, "$rid=");
        const isRead = subscription === "methods" ? name !== "" : Number(name) > 0;
        if (!isRead || requestId === undefined) return undefined;
      }
    }
    return { subscription, name, requestId, bag };
  }
  return undefined;
}

/** A value behind `?` by its name with `=`, of several the last. It is not decoded: `$rid` is an echo, the rest are numbers. */
export function parameter(bag: string, name: string): string | undefined {
  let value: string | undefined;
  for (let at = bag.indexOf("?"); at >= 0; at = bag.indexOf("&", at)) {
    if (!bag.startsWith(name, ++at)) continue;
    const end = bag.indexOf("&", at);
    value = bag.slice(at + name.length, end < 0 ? bag.length : end);
  }
  return value;
}

/** {@link parameter} where it has to be a whole number. */
export function numberIn(bag: string, name: string): number | undefined {
  const value = Number(parameter(bag, name) || undefined);
  return Number.isSafeInteger(value) ? value : undefined;
}
