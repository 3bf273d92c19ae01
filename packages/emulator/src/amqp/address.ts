import { decodePercent } from "@isohub/core/internal";

/** The node that a link leads to. */
export type AmqpNode =
  /** Requests with tokens, and their replies. */
  | { readonly kind: "cbs" }
  /** Requests for the properties of an event hub, and their replies. */
  | { readonly kind: "management" }
  | { readonly kind: "c2d" }
  | { readonly kind: "feedback" }
  | { readonly kind: "fileNotifications" }
  /** The events of the hub, under a name that leads to the event hub. */
  | { readonly kind: "redirect" }
  /** A partition of an event hub. */
  | {
      readonly kind: "events";
      readonly eventHub: string;
      readonly consumerGroup: string;
      readonly partition: string;
    };

/** Returns the segments of an address: relative, absolute or a URL, percent-encoded or not. */
export function segmentsOfAddress(address: string): string[] {
  return address
    .replace(/^[a-z]+:\/\/[^/]*/i, "")
    .replace(/\?.*$/, "")
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodePercent);
}

/** Parses the address of a link. Case doesn't matter: the clients differ. Returns `undefined` for an unknown one. */
export function parseAddress(address: string): AmqpNode | undefined {
  const segments = segmentsOfAddress(address);
  const path = segments.join("/").toLowerCase();
  if (path === "$cbs") return { kind: "cbs" };
  if (path === "messages/devicebound") return { kind: "c2d" };
  if (path === "messages/servicebound/feedback") return { kind: "feedback" };
  if (path === "messages/servicebound/filenotifications") return { kind: "fileNotifications" };
  if (path === "messages/events" || path.startsWith("messages/events/")) return { kind: "redirect" };
  if (path === "$management" || (segments.length === 2 && path.endsWith("/$management"))) {
    return { kind: "management" };
  }
  const [eventHub = "", groups, consumerGroup = "", partitions, partition = "", ...more] = segments;
  const isEvents = groups?.toLowerCase() === "consumergroups" && partitions?.toLowerCase() === "partitions";
  return isEvents && partition !== "" && more.length === 0
    ? { kind: "events", eventHub, consumerGroup, partition }
    : undefined;
}
