import { type Identity, topicRoot } from "../identities/identity.ts";
import { parseTopicFilter, type TopicFilter, type TopicSpace } from "./topic-filter.ts";

/** The kinds of messages that an identity can subscribe to. */
export type FilterKind = "c2d" | "inputs" | "methods" | "twinResponses" | "desired";

/** The topics of twins and methods. Each connection has its own, so no topic names the identity. */
const connectionSpaces: readonly TopicSpace<FilterKind>[] = [
  {
    root: "$iothub/twin",
    kinds: [
      ["twinResponses", ["res", "+", "+"]],
      ["desired", ["PATCH", "properties", "desired", "+"]],
    ],
  },
  { root: "$iothub/methods", kinds: [["methods", ["POST", "+", "+"]]] },
];

/**
 * Parses a topic filter; returns `undefined` for one that the hub refuses with 0x80. It grants any filter that matches
 * only topics of this identity on which it sends, also for several kinds of messages.
 */
export function parseFilter(filter: string, identity: Identity): TopicFilter<FilterKind> | undefined {
  const root = topicRoot(identity);
  // Modules receive no cloud-to-device messages, and devices have no inputs.
  const own: TopicSpace<FilterKind> =
    identity.moduleId === undefined
      ? { root: `${root}/messages`, kinds: [["c2d", ["devicebound", "+"]]] }
      : { root, kinds: [["inputs", ["inputs", "+", "+"]]] };
  return parseTopicFilter(filter, [own, ...connectionSpaces]);
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
