import { decodePercent } from "../util/percent.ts";

/** Who a client is at the hub. Ids stand in topics, client id and user name as they are, never encoded. */
export interface Identity {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** `{device}` or `{device}/{module}`: the MQTT client id. */
export function clientIdOf(identity: Identity): string {
  return identity.moduleId === undefined ? identity.deviceId : `${identity.deviceId}/${identity.moduleId}`;
}

/** What a SAS token of this identity opens. */
export function resourceOf(identity: Identity): string {
  return `${identity.hostName}/${pathOf(identity)}`;
}

function pathOf(identity: Identity): string {
  const device = `devices/${identity.deviceId}`;
  return identity.moduleId === undefined ? device : `${device}/modules/${identity.moduleId}`;
}

/** What a client can subscribe to: the hub knows these five filters and no other. */
export type SubscriptionName = "c2d" | "inputs" | "methods" | "twinResponses" | "twinPatches";

/** The topic filter of a subscription. */
export function filterOf(name: SubscriptionName, identity: Identity): string {
  switch (name) {
    case "c2d":
      return `${pathOf(identity)}/messages/devicebound/#`;
    case "inputs":
      return `${pathOf(identity)}/inputs/#`;
    case "methods":
      return "$iothub/methods/POST/#";
    case "twinResponses":
      return "$iothub/twin/res/#";
    case "twinPatches":
      return "$iothub/twin/PATCH/properties/desired/#";
  }
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

/** A topic from the hub, read. */
export type InboundTopic =
  | { readonly kind: "c2d"; readonly bag: string }
  | { readonly kind: "input"; readonly input: string; readonly bag: string }
  | { readonly kind: "method"; readonly name: string; readonly requestId: string }
  | {
      readonly kind: "twinResponse";
      readonly status: number;
      readonly requestId: string;
      readonly version: number | undefined;
      readonly retryAfterMs: number | undefined;
    }
  | { readonly kind: "twinPatch"; readonly version: number | undefined };

const methodPrefix = "$iothub/methods/POST/";
const twinResponsePrefix = "$iothub/twin/res/";
const twinPatchPrefix = "$iothub/twin/PATCH/properties/desired/";

/** Reads a topic from the hub; `undefined` when it is none that this identity subscribes to. */
export function readTopic(topic: string, identity: Identity): InboundTopic | undefined {
  if (topic.startsWith(methodPrefix)) return readMethod(topic.slice(methodPrefix.length));
  if (topic.startsWith(twinResponsePrefix)) return readTwinResponse(topic.slice(twinResponsePrefix.length));
  if (topic.startsWith(twinPatchPrefix)) {
    return { kind: "twinPatch", version: number(parameter(topic, "$version")) };
  }
  const own = `${pathOf(identity)}/`;
  if (!topic.startsWith(own)) return undefined;
  const rest = topic.slice(own.length);
  if (rest.startsWith("messages/devicebound/")) {
    return { kind: "c2d", bag: rest.slice("messages/devicebound/".length) };
  }
  if (rest.startsWith("inputs/")) {
    const [input = "", bag = ""] = splitOnce(rest.slice("inputs/".length), "/");
    return { kind: "input", input: decodePercent(input), bag };
  }
  return undefined;
}

function readMethod(rest: string): InboundTopic | undefined {
  const [name = "", tail = ""] = splitOnce(rest, "/");
  const requestId = parameter(tail, "$rid");
  if (name === "" || requestId === undefined) return undefined;
  return { kind: "method", name: decodePercent(name), requestId };
}

function readTwinResponse(rest: string): InboundTopic | undefined {
  const [status = "", tail = ""] = splitOnce(rest, "/");
  const requestId = parameter(tail, "$rid");
  const code = number(status);
  if (code === undefined || requestId === undefined) return undefined;
  const retryAfter = number(parameter(tail, "retry-after"));
  return {
    kind: "twinResponse",
    status: code,
    requestId,
    version: number(parameter(tail, "$version")),
    retryAfterMs: retryAfter === undefined ? undefined : retryAfter * 1000,
  };
}

/** A value behind `?`, of several the last. It is not decoded: `$rid` is an echo, the rest are numbers. */
function parameter(topic: string, name: string): string | undefined {
  const start = topic.indexOf("?");
  if (start < 0) return undefined;
  let value: string | undefined;
  for (let from = start + 1; from <= topic.length; ) {
    const next = topic.indexOf("&", from);
    const end = next < 0 ? topic.length : next;
    if (topic.startsWith(name, from)) {
      const after = from + name.length;
      if (after === end) value = "";
      else if (topic[after] === "=") value = topic.slice(after + 1, end);
    }
    from = end + 1;
  }
  return value;
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
