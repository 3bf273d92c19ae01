import { decodePropertyBag, encodePercent, encodePropertyBag, utf8 } from "@isohub/core/internal";
import type { QueuedMessage } from "./delivery-queue.ts";
import { HubError } from "./hub-error.ts";
import { type Identity, topicRoot } from "./identity.ts";
import { jsonBytes } from "./json.ts";
import { maxTelemetryBytes, messageSize } from "./telemetry.ts";

/** What a message to an input carries besides its body. */
export interface InputOptions {
  /** A fresh UUID when left out. */
  messageId?: string;
  correlationId?: string;
  userId?: string;
  contentType?: string;
  contentEncoding?: string;
  properties?: Readonly<Record<string, string>>;
  /** Which module (or device, without `moduleId`) it says to come from; the device of the input when left out. */
  from?: Identity;
}

/** A message on its way to an input of a module. */
export interface InputMessage extends QueuedMessage {
  readonly inputName: string;
}

/** A message as its sender sent it. */
export interface SentMessage {
  readonly body: Uint8Array;
  readonly bag: string;
  /** Properties the hub adds. */
  readonly added: Readonly<Record<string, string>>;
}

type Bag = readonly (readonly [key: string, value: string | null])[];

// What the gateway hands on of a sender's system properties; the output's name, for one, is no business of the input.
const handedOn = new Set(["$.exp", "$.cid", "$.mid", "$.to", "$.uid", "$.ct", "$.ce", "$.schema", "$.ctime"]);
// As long as a gateway keeps messages for modules that are away, unless it is told otherwise.
const timeToLiveMs = 7_200_000;

/**
 * Builds a message out of nothing, as if a module had sent it.
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
  const system: [string, string | undefined][] = [
    ["$.mid", messageId],
    ["$.cid", options.correlationId],
    ["$.uid", options.userId],
    ["$.ct", options.contentType],
    ["$.ce", options.contentEncoding],
  ];
  const set = system.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const bag = [...set, ...Object.entries(options.properties ?? {})];
  const bytes = body instanceof Uint8Array ? body : typeof body === "string" ? utf8(body) : jsonBytes(body);
  const size = messageSize(bytes, bag);
  if (size > maxTelemetryBytes) {
    throw new HubError("MessageTooLarge", `The message is ${size} bytes, the limit is ${maxTelemetryBytes}.`);
  }
  return addressed(target, inputName, bytes, messageId, sentBy(options.from ?? { deviceId }, bag), now);
}

/**
 * What a message that was sent by an output looks like at an input.
 *
 * @source IoT Edge `edgeHub`, outgoing system properties
 */
export function handOn(
  from: Identity,
  target: Required<Identity>,
  inputName: string,
  message: SentMessage,
  now: number,
): InputMessage {
  const bag = decodePropertyBag(message.bag).filter(([key]) => !key.startsWith("$.") || handedOn.has(key));
  const messageId = bag.find(([key]) => key === "$.mid")?.[1] ?? crypto.randomUUID();
  const whole = [...bag, ...Object.entries(message.added)];
  return addressed(target, inputName, message.body, messageId, sentBy(from, whole), now);
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
