import type { MqttPacket, TappedPacket } from "@isohub/browser/wire";

type Direction = TappedPacket["direction"];

/** The name that a request and its answer share. */
export interface PairKey {
  readonly role: "request" | "answer";
  readonly name: string;
}

/** The kind of a packet, as a filter offers it. */
export type PacketKind = "telemetry" | "twin" | "method" | "c2d" | "provisioning" | "connection";

const refusals: Readonly<Record<number, string>> = {
  1: "unacceptable protocol version",
  2: "identifier rejected",
  3: "server unavailable",
  4: "bad user name or password",
  5: "not authorized",
};

/** Returns the key that pairs a request with its answer: its packet id, the request id in its topic, or its type. */
export function pairKey(direction: Direction, packet: MqttPacket): PairKey | undefined {
  const { type, packetId, topic = "" } = packet;
  const other = direction === "sent" ? "received" : "sent";
  if (type === "CONNECT") return { role: "request", name: "connect" };
  if (type === "CONNACK") return { role: "answer", name: "connect" };
  if (type === "PINGREQ") return { role: "request", name: "ping" };
  if (type === "PINGRESP") return { role: "answer", name: "ping" };
  if (type === "SUBSCRIBE") return { role: "request", name: `subscribe ${packetId}` };
  if (type === "SUBACK") return { role: "answer", name: `subscribe ${packetId}` };
  if (type === "UNSUBSCRIBE") return { role: "request", name: `unsubscribe ${packetId}` };
  if (type === "UNSUBACK") return { role: "answer", name: `unsubscribe ${packetId}` };
  if (type === "PUBACK") return { role: "answer", name: `publish ${other} ${packetId}` };
  if (type !== "PUBLISH") return undefined;
  const requestId = /[?&]\$rid=([^&]*)/.exec(topic)?.[1];
  if (requestId !== undefined) {
    const area = topic.split("/", 2).join("/");
    return { role: topic.includes("/res/") ? "answer" : "request", name: `${area} ${requestId}` };
  }
  return packet.qos === 1 ? { role: "request", name: `publish ${direction} ${packetId}` } : undefined;
}

/** Returns the kind of a packet with a topic; an acknowledgement gets the kind of its request from the log. */
export function kindOf({ topic }: MqttPacket): PacketKind {
  if (topic === undefined) return "connection";
  if (topic.startsWith("$iothub/twin/")) return "twin";
  if (topic.startsWith("$iothub/methods/")) return "method";
  if (topic.startsWith("$dps/")) return "provisioning";
  return topic.includes("/messages/devicebound/") || topic.includes("/inputs/") ? "c2d" : "telemetry";
}

/** Describes a packet in the words of IoT Hub. */
export function describePacket(direction: Direction, packet: MqttPacket): string {
  const { type, topic = "", returnCode = 0, granted, filters } = packet;
  if (type === "CONNECT") return `Connect as ${packet.clientId}`;
  if (type === "CONNACK") {
    if (returnCode !== 0) return `Refused: ${refusals[returnCode] ?? `return code ${returnCode}`}`;
    return packet.sessionPresent ? "Accepted, with its earlier session" : "Accepted";
  }
  if (type === "SUBSCRIBE") return `Subscribe to ${filters?.join(", ")}`;
  if (type === "SUBACK") return granted?.includes(128) ? "Subscription refused" : "Subscribed";
  if (type === "PUBACK") return `Acknowledge ${packet.packetId}`;
  if (type !== "PUBLISH") return type;
  return describePublish(direction, packet, topic);
}

function describePublish(direction: Direction, packet: MqttPacket, topic: string): string {
  const again = packet.dup ? " again" : "";
  const twin = /^\$iothub\/twin\/(GET|PATCH\/properties\/(reported|desired)|res\/(\d+))/.exec(topic);
  if (twin?.[3] !== undefined) return `Twin answer ${twin[3]}`;
  if (twin?.[2] === "desired") return "Desired properties changed";
  if (twin?.[2] === "reported") return "Report properties";
  if (twin !== null) return "Read the twin";
  const method = /^\$iothub\/methods\/(?:POST\/([^/]+)|res\/(\d+))/.exec(topic);
  if (method?.[1] !== undefined) return `Call of the method ${method[1]}`;
  if (method !== null) return `Method answer ${method[2]}`;
  const registering = /^\$dps\/registrations\/(?:res\/(\d+)|PUT|GET)/.exec(topic);
  if (registering?.[1] !== undefined) return `Registration answer ${registering[1]}`;
  if (registering !== null) return "Register";
  return direction === "sent" ? `Telemetry${again}` : `Message from the cloud${again}`;
}

/** A secret with its name in front: in a connection string, or in JSON, which may itself be a string in JSON. */
const named =
  /((?:SharedAccessKey|primaryKey|secondaryKey|symmetricKey|password|secret|token)\\*["']?\s*[=:]\s*\\*["']?)[^;"'\\\s,{}[\]]+/gi;

/** Removes keys, signatures and tokens from a string. */
export function withoutSecrets(text: string): string {
  return text
    .replace(named, "$1…")
    .replace(/SharedAccessSignature\s[^"'\\\s;]+/gi, "SharedAccessSignature …")
    .replace(/\bsig=[^&"'\\\s]+/gi, "sig=…");
}

/** Returns a body as a value: parsed if it is JSON, otherwise as {@link bodyText}. */
export function bodyValue(payload: Uint8Array | undefined): unknown {
  const text = bodyText(payload);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Returns a body as text: UTF-8, or the number of its bytes. */
export function bodyText(payload: Uint8Array | undefined): string {
  if (payload === undefined || payload.length === 0) return "";
  try {
    return withoutSecrets(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  } catch {
    return `${payload.length} bytes that aren't UTF-8`;
  }
}
