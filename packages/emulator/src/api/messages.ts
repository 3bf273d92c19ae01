import type { FeedbackRecord } from "../hub/deliveries/c2d.ts";
import type { C2dOptions } from "../hub/deliveries/c2d-message.ts";
import type { QueueItem } from "../hub/deliveries/queued-message.ts";
import type { Hub } from "../hub/hub.ts";
import {
  filterFor,
  matches,
  type TelemetryFilter,
  type TelemetryMessage,
} from "../hub/telemetry/telemetry-message.ts";

/** Options of `Emulator.telemetry`. */
export interface TelemetryOptions {
  /** Returns only messages with a higher sequence number. Defaults to 0, which returns all. */
  after?: number;
  /** The largest number of messages. Defaults to all. */
  limit?: number;
}

/** Options of `Emulator.waitForTelemetry`. */
export interface WaitOptions {
  /** Maximum time to wait, in milliseconds. Defaults to 5,000. */
  timeoutMs?: number;
  /** Number of messages to wait for. Defaults to 1. */
  count?: number;
}

/** The messages between devices and the hub. */
export interface EmulatorMessages {
  /**
   * Queues a cloud-to-device message. A string is sent as UTF-8, an object as JSON.
   *
   * @throws {HubError} DeviceNotFound; ArgumentInvalid; MessageTooLarge if it exceeds 64 KB;
   * DeviceMaximumQueueDepthExceeded if 50 messages are queued
   */
  sendC2d(
    deviceId: string,
    body: string | Uint8Array | object,
    options?: C2dOptions,
  ): Promise<{ messageId: string }>;
  /**
   * Lists the cloud-to-device messages queued for a device, oldest first.
   *
   * @throws {HubError} DeviceNotFound (synchronously)
   */
  c2dQueue(deviceId: string): QueueItem[];
  /**
   * Discards the cloud-to-device messages queued for a device, and returns how many there were.
   *
   * @throws {HubError} DeviceNotFound
   */
  purgeC2d(deviceId: string): Promise<number>;
  /** Lists the outcomes of messages that were sent with `ack`, oldest first. */
  feedback(): FeedbackRecord[];

  /**
   * Lists the telemetry messages in memory, in order of arrival: from all devices, from one device and its modules, or
   * from one module.
   */
  telemetry(identity?: string, options?: TelemetryOptions): TelemetryMessage[];
  /**
   * Waits for telemetry: resolves with the first `count` matching messages, both those in memory and those still to
   * arrive.
   *
   * @throws {Error} after `timeoutMs`, with the number of messages that have arrived
   */
  waitForTelemetry(
    match: ((message: TelemetryMessage) => boolean) | (TelemetryFilter & { readonly count?: number }),
    options?: WaitOptions,
  ): Promise<TelemetryMessage[]>;
}

const defaultTimeoutMs = 5_000;

/** Implements {@link EmulatorMessages} with a hub. */
export function messagesOf({ c2d, registry, telemetry }: Hub): EmulatorMessages {
  return {
    sendC2d: async (deviceId, body, options) => c2d.send(deviceId, body, options),
    c2dQueue(deviceId) {
      registry.require({ deviceId });
      return c2d.list(deviceId);
    },
    async purgeC2d(deviceId) {
      registry.require({ deviceId });
      return c2d.purge(deviceId);
    },
    feedback: () => c2d.feedback(),
    telemetry(identity, { after = 0, limit } = {}) {
      return telemetry.read(filterFor(identity), after).slice(0, limit);
    },
    async waitForTelemetry(match, { count, timeoutMs = defaultTimeoutMs } = {}) {
      if (typeof match === "function") return telemetry.wait(match, count ?? 1, timeoutMs);
      return telemetry.wait((message) => matches(message, match), count ?? match.count ?? 1, timeoutMs);
    },
  };
}
