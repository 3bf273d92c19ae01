import type { ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/node";
import type { EventReader } from "./event-reader.ts";
import { RequestFailed } from "./https-request.ts";
import type { ProvisioningService } from "./provisioning-service.ts";
import type { ServiceApi } from "./service-api.ts";
import type { ServiceMessages } from "./service-messages.ts";

/** A case of `isohub verify`. It needs nothing but a hub's public surfaces, so any hub can pass it. */
export interface VerifyCase {
  readonly name: string;
  /** Whether the case needs a standard tier of Azure, or F1: the basic tiers lack a part of the hub that it uses. */
  readonly needsStandardTier?: boolean;
  /** @throws {NotPossible} if this hub or this machine lacks what the case needs. Any other error is a failure. */
  run(context: CaseContext): Promise<void>;
}

/** The environment of one case. Whatever it opens closes when the case ends. */
export interface CaseContext {
  /** The device that all cases share. */
  readonly deviceId: string;
  readonly service: ServiceApi;
  /** Ends the waiting of a case that takes too long. */
  readonly signal: AbortSignal;
  /** Creates a client of the device. */
  newClient(options?: ClientOptions): IoTHubDeviceClient;
  /** Creates a client of a module. */
  newModuleClient(connectionString: string): IoTHubModuleClient;
  /** Connects to the hub's AMQP endpoint for services. @throws {NotPossible} without rhea */
  openMessages(): Promise<ServiceMessages>;
  /** Reads events that arrive from now on. @throws {NotPossible} without rhea, or without the Event Hub string */
  openEvents(): Promise<EventReader>;
  /** @throws {NotPossible} without the connection string of a provisioning service */
  provisioning(): ProvisioningService;
  /** Calls a function when the case ends. */
  onEnd(close: () => unknown): void;
}

/** Fails a case unless two values are equal as JSON. */
export function expectEqual(name: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Error(`${name} must be ${wanted}, got ${got}`);
}

/** Resolves with `succeeded`, or with the status or code of the error that a promise rejects with. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "succeeded";
  } catch (error) {
    if (error instanceof RequestFailed) return String(error.status);
    return String((error as { code?: unknown }).code ?? error);
  }
}

/** Rejects when a signal is aborted: for `Promise.race`. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** Repeats a request until its answer has a property. The interval spares the quota of a real hub. */
export async function until<Value>(
  request: () => Promise<Value>,
  isReached: (value: Value) => boolean,
  signal: AbortSignal,
): Promise<Value> {
  for (;;) {
    const value = await request();
    if (isReached(value)) return value;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
