import { decodePropertyBag, encodePercent, encodePropertyBag, utf8 } from "@isohub/core/internal";
import { HubError } from "../hub-error.ts";
import { type Identity, topicRoot } from "../identities/identity.ts";
import { jsonBytes } from "../json.ts";
import { forwardedKeys, type MessageProperties, systemEntries } from "../telemetry/system-properties.ts";
import { maxTelemetryBytes, messageSize } from "../telemetry/telemetry-message.ts";
import type { QueuedMessage } from "./queued-message.ts";

/** The properties of a message to an input. */
export interface InputOptions extends MessageProperties {
  /** A new UUID by default. */
  messageId?: string;
  /** The application properties. */
  properties?: Readonly<Record<string, string>>;
  /** The sender: a module, or a device without `moduleId`. By default the device of the input. */
  from?: Identity;
}

/** A message on its way to an input of a module. */
export interface InputMessage extends QueuedMessage {
  readonly inputName: string;
}

/** A message of a module, as the hub received it. */
export interface SentMessage {
  readonly body: Uint8Array;
  readonly bag: string;
  /** Properties that the hub adds. */
  readonly added: Readonly<Record<string, string>>;
}

type Bag = readonly (readonly [key: string, value: string | null])[];

// The default time for which a gateway keeps messages for disconnected modules.
const timeToLiveMs = 7_200_000;

/**
 * Creates a message, as if a module had sent it.
 *
 * @throws {HubError} ArgumentInvalid, MessageTooLarge
 */
export function makeInputMessage(
  target: Required<Identity>,
  inputName: string,
  body: string | Uint8Array | object,
  options: InputOptions,
  now: number,
): InputMessage {
  checkInputName(inputName);
  const { deviceId } = target;
  const messageId = options.messageId ?? crypto.randomUUID();
  const bag = [...systemEntries({ ...options, messageId }), ...Object.entries(options.properties ?? {})];
  const bytes = body instanceof Uint8Array ? body : typeof body === "string" ? utf8(body) : jsonBytes(body);
  const size = messageSize(bytes, bag);
  if (size > maxTelemetryBytes) {
    throw new HubError(
      "MessageTooLarge",
      `The message must be up to ${maxTelemetryBytes} bytes, got ${size}.`,
    );
  }
  return addressed(target, inputName, bytes, messageId, sentBy(options.from ?? { deviceId }, bag), now);
}

/**
 * Converts a message that an output has sent to the message that an input receives.
 *
 * @source IoT Edge `edgeHub`, outgoing system properties
 */
export function forwardMessage(
  from: Identity,
  target: Required<Identity>,
  inputName: string,
  message: SentMessage,
  now: number,
): InputMessage {
  const bag = decodePropertyBag(message.bag).filter(
    ([key]) => !key.startsWith("$.") || forwardedKeys.has(key),
  );
  const messageId = bag.find(([key]) => key === "$.mid")?.[1] ?? crypto.randomUUID();
  const properties = [...bag, ...Object.entries(message.added)];
  return addressed(target, inputName, message.body, messageId, sentBy(from, properties), now);
}

/** @throws {HubError} ArgumentInvalid */
export function checkInputName(name: string): void {
  if (name !== "") return;
  throw new HubError("ArgumentInvalid", "The name of an input must not be empty.");
}

function addressed(
  target: Required<Identity>,
  inputName: string,
  body: Uint8Array,
  messageId: string,
  bag: Bag,
  now: number,
): InputMessage {
  const topic = `${topicRoot(target)}/inputs/${encodePercent(inputName)}/${encodePropertyBag(bag)}`;
  return { inputName, messageId, body, topic, expiresAt: now + timeToLiveMs };
}

function sentBy({ deviceId, moduleId }: Identity, bag: Bag): Bag {
  const module = moduleId === undefined ? [] : [["$.cmid", moduleId] as const];
  return [["$.cdid", deviceId], ...module, ...bag];
}
