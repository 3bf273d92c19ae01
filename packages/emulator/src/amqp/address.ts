import { decodePercent } from "@isohub/core/internal";
import type { Identity } from "../hub/identities/identity.ts";

/** The node that a link leads to. */
export type AmqpNode =
  /** Requests with tokens, and their replies. */
  | { readonly kind: "cbs" }
  /** Requests for the properties of an event hub, and their replies. */
  | { readonly kind: "management" }
  | { readonly kind: "c2d" }
  | { readonly kind: "feedback" }
  | { readonly kind: "fileNotifications" }
  /** The events of the hub, under the name that services use; with the partition, if the address has one. */
  | { readonly kind: "redirect"; readonly events?: EventsNode }
  | DeviceNode
  | RegistrationNode
  | EventsNode;

/** A partition of an event hub. */
export interface EventsNode {
  readonly kind: "events";
  readonly eventHub: string;
  readonly consumerGroup: string;
  readonly partition: string;
}

/** An endpoint of a device or module. */
export interface DeviceNode {
  readonly kind: "device";
  readonly identity: Identity;
  /** `messages` are sent as telemetry, and received by the inputs of a module. */
  readonly endpoint: "messages" | "c2d" | "twin" | "methods";
}

/** The endpoint of a device that registers with the provisioning service. */
export interface RegistrationNode {
  readonly kind: "registration";
  readonly idScope: string;
  readonly registrationId: string;
}

const deviceEndpoints: Readonly<Record<string, DeviceNode["endpoint"]>> = {
  "messages/events": "messages",
  "messages/devicebound": "c2d",
  twin: "twin",
  "methods/devicebound": "methods",
};

function parseDevice([devices, deviceId = "", ...path]: readonly string[]): DeviceNode | undefined {
  if (devices?.toLowerCase() !== "devices") return undefined;
  const isModule = path[0]?.toLowerCase() === "modules" && path.length > 2;
  const [moduleId, ...own] = isModule ? path.slice(1) : [undefined, ...path];
  const endpoint = deviceEndpoints[own.join("/").toLowerCase()];
  if (endpoint === undefined) return undefined;
  return {
    kind: "device",
    identity: moduleId === undefined ? { deviceId } : { deviceId, moduleId },
    endpoint,
  };
}

/** Parses the segments of `{idScope}/registrations/{registrationId}`. Returns `undefined` for any other. */
export function parseRegistration([
  idScope = "",
  registrations,
  registrationId = "",
  ...more
]: readonly string[]): RegistrationNode | undefined {
  const isOne = registrations?.toLowerCase() === "registrations" && registrationId !== "";
  return isOne && more.length === 0 ? { kind: "registration", idScope, registrationId } : undefined;
}

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
  if (path === "messages/events" || path.startsWith("messages/events/")) {
    const events = parseEvents(["messages/events", ...segments.slice(2)]);
    return { kind: "redirect", ...(events === undefined ? {} : { events }) };
  }
  if (path === "$management" || (segments.length === 2 && path.endsWith("/$management"))) {
    return { kind: "management" };
  }
  const registration = parseRegistration(segments);
  if (registration !== undefined) return registration;
  const device = parseDevice(segments);
  if (device !== undefined) return device;
  return parseEvents(segments);
}

function parseEvents([
  eventHub = "",
  groups,
  consumerGroup = "",
  partitions,
  partition = "",
  ...more
]: readonly string[]): EventsNode | undefined {
  const isEvents = groups?.toLowerCase() === "consumergroups" && partitions?.toLowerCase() === "partitions";
  return isEvents && partition !== "" && more.length === 0
    ? { kind: "events", eventHub, consumerGroup, partition }
    : undefined;
}
