import { type Identity, topicRoot } from "./identity.ts";

/** The kinds of messages that an identity can subscribe to. */
export type FilterKind = "c2d" | "inputs" | "methods" | "twinResponses" | "desired";

const sharedFilters: ReadonlyMap<string, FilterKind> = new Map([
  ["$iothub/methods/POST/#", "methods"],
  ["$iothub/twin/res/#", "twinResponses"],
  ["$iothub/twin/PATCH/properties/desired/#", "desired"],
]);

/** Returns the kind of a topic filter; `undefined` for an unknown one, which the hub refuses with 0x80. */
export function filterKind(filter: string, identity: Identity): FilterKind | undefined {
  const shared = sharedFilters.get(filter);
  if (shared !== undefined) return shared;
  const root = topicRoot(identity);
  // Modules receive no cloud-to-device messages, and devices have no inputs.
  if (identity.moduleId === undefined) return filter === `${root}/messages/devicebound/#` ? "c2d" : undefined;
  return filter === `${root}/inputs/#` ? "inputs" : undefined;
}

/** Returns the topic filter of a kind, as in stored subscriptions. */
export function topicFilter(kind: FilterKind, identity: Identity): string {
  for (const [filter, shared] of sharedFilters) if (shared === kind) return filter;
  return `${topicRoot(identity)}/${kind === "c2d" ? "messages/devicebound" : "inputs"}/#`;
}

/** The meaning of a device's PUBLISH. */
export type InboundTopic =
  | { readonly kind: "telemetry"; readonly bag: string }
  | { readonly kind: "twinGet"; readonly rid: string | undefined }
  | { readonly kind: "reportedPatch"; readonly rid: string | undefined; readonly version: string | undefined }
  | { readonly kind: "methodResponse"; readonly status: number; readonly rid: string | undefined };

/** Parses the topic of a PUBLISH; returns `undefined` for an unknown one, for which the hub closes the connection. */
export function parseInboundTopic(topic: string, identity: Identity): InboundTopic | undefined {
  if (!topic.startsWith("$iothub/")) {
    const bag = eventsBag(topic, identity);
    return bag === undefined ? undefined : { kind: "telemetry", bag };
  }
  const [path, query] = splitQuery(topic);
  if (path === "$iothub/twin/GET") return { kind: "twinGet", rid: query.get("$rid") };
  if (path === "$iothub/twin/PATCH/properties/reported") {
    return { kind: "reportedPatch", rid: query.get("$rid"), version: query.get("$version") };
  }
  const status = /^\$iothub\/methods\/res\/(-?\d{1,9})$/.exec(path)?.[1];
  return status === undefined
    ? undefined
    : { kind: "methodResponse", status: Number(status), rid: query.get("$rid") };
}

/**
 * Returns the property bag of a telemetry topic: everything after `messages/events` and its optional slash, without the
 * `?` of old examples and the one trailing slash that the Node SDK appends to module outputs.
 */
export function eventsBag(topic: string, identity: Identity): string | undefined {
  const root = `${topicRoot(identity)}/messages/events`;
  if (topic === root) return "";
  if (!topic.startsWith(`${root}/`)) return undefined;
  return topic
    .slice(root.length + 1)
    .replace(/\/$/, "")
    .replace(/^\?/, "");
}

// Values are not decoded: a request id is returned exactly as it was received.
function splitQuery(topic: string): [path: string, query: Map<string, string>] {
  const mark = topic.indexOf("?");
  const path = (mark < 0 ? topic : topic.slice(0, mark)).replace(/\/$/, "");
  const query = new Map<string, string>();
  for (const part of mark < 0 ? [] : topic.slice(mark + 1).split("&")) {
    const equals = part.indexOf("=");
    if (equals > 0 && !query.has(part.slice(0, equals)))
      query.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return [path, query];
}
