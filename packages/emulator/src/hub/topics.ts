import { type Identity, topicRoot } from "./identity.ts";

/** What an identity can listen to. */
export type FilterKind = "c2d" | "inputs" | "methods" | "twinResponses" | "desired";

const sharedFilters: ReadonlyMap<string, FilterKind> = new Map([
  ["$iothub/methods/POST/#", "methods"],
  ["$iothub/twin/res/#", "twinResponses"],
  ["$iothub/twin/PATCH/properties/desired/#", "desired"],
]);

/** The kind of a topic filter; `undefined` for one the hub does not know, which it refuses with 0x80. */
export function filterKind(filter: string, identity: Identity): FilterKind | undefined {
  const shared = sharedFilters.get(filter);
  if (shared !== undefined) return shared;
  const root = topicRoot(identity);
  // Modules get no cloud-to-device messages, devices have no inputs.
  if (identity.moduleId === undefined) return filter === `${root}/messages/devicebound/#` ? "c2d" : undefined;
  return filter === `${root}/inputs/#` ? "inputs" : undefined;
}

/** The text of a topic filter, to give stored subscriptions back to the broker. */
export function filterText(kind: FilterKind, identity: Identity): string {
  for (const [text, shared] of sharedFilters) if (shared === kind) return text;
  return `${topicRoot(identity)}/${kind === "c2d" ? "messages/devicebound" : "inputs"}/#`;
}

/** What a publish of a device means. */
export type InboundTopic =
  | { readonly kind: "telemetry"; readonly bag: string }
  | { readonly kind: "twinGet"; readonly rid: string | undefined }
  | { readonly kind: "reportedPatch"; readonly rid: string | undefined; readonly version: string | undefined }
  | { readonly kind: "methodResponse"; readonly status: number; readonly rid: string | undefined };

/** Reads the topic of a publish; `undefined` for one the hub does not know, after which it closes the connection. */
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
 * The property bag of a telemetry topic: what follows `messages/events`, with or without its slash, without the `?` of
 * old examples and without the one trailing slash that the Node SDK puts behind module outputs.
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

// Values are not decoded: a request id is given back exactly as it came.
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
