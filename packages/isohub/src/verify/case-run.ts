import { type ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/node";
import { aborted, type CaseContext, type VerifyCase } from "./case.ts";
import { EventReader } from "./event-reader.ts";
import { NotPossible } from "./not-possible.ts";
import type { EventHubPolicy } from "./policy.ts";
import type { ProvisioningService } from "./provisioning-service.ts";
import type { ServiceApi } from "./service-api.ts";
import { ServiceMessages } from "./service-messages.ts";

/** The surfaces of the hub under test, and the device that all cases share. */
export interface VerifyTarget {
  readonly service: ServiceApi;
  readonly eventHub: EventHubPolicy | undefined;
  readonly consumerGroup: string;
  readonly provisioning: ProvisioningService | undefined;
  readonly deviceId: string;
  readonly connectionString: string;
  readonly options: ClientOptions;
  /** Whether the hub has a basic tier, which lacks twins, methods, modules and cloud-to-device messages. */
  readonly isBasicTier: boolean;
}

/** The outcome of a case. */
export interface CaseResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "notPossible";
  readonly durationMs: number;
  /** The error, or the reason why the case isn't possible. */
  readonly reason?: string;
}

/** The longest time for one case: a hub may batch feedback, and a reconnection may take several attempts. */
const caseTimeoutMs = 90_000;

/** Runs a case, and closes what it has opened. */
export async function runCase(
  { name, run, needsStandardTier = false }: VerifyCase,
  target: VerifyTarget,
): Promise<CaseResult> {
  const startedMs = performance.now();
  const opened: (() => unknown)[] = [];
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`the case must end within ${caseTimeoutMs / 1000} s`)),
    caseTimeoutMs,
  );
  const late = aborted(timeout.signal);
  late.catch(() => {});
  let failure: unknown;
  try {
    if (needsStandardTier && target.isBasicTier)
      throw new NotPossible("needs a standard tier, and the hub has a basic one");
    await Promise.race([run(contextOf(target, timeout.signal, opened)), late]);
  } catch (error) {
    failure = error;
  }
  clearTimeout(timer);
  for (const close of opened.reverse()) {
    try {
      await close();
    } catch (error) {
      failure ??= error;
    }
  }
  const durationMs = Math.round(performance.now() - startedMs);
  if (failure === undefined) return { name, outcome: "passed", durationMs };
  const reason = messageOf(failure);
  return {
    name,
    outcome: failure instanceof NotPossible ? "notPossible" : "failed",
    durationMs,
    reason,
  };
}

/** Returns the message of an error. Those of `fetch` have their reason in the cause. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

function contextOf(target: VerifyTarget, signal: AbortSignal, opened: (() => unknown)[]): CaseContext {
  const { service, deviceId, connectionString, eventHub, provisioning, options } = target;
  const closing = <Opened extends { close(): void }>(resource: Opened): Opened => {
    opened.push(() => resource.close());
    return resource;
  };
  return {
    deviceId,
    service,
    signal,
    newClient(changes) {
      const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
        ...options,
        ...changes,
      });
      opened.push(() => client.shutdown());
      return client;
    },
    newModuleClient(moduleConnectionString) {
      const client = IoTHubModuleClient.createFromConnectionString(moduleConnectionString, options);
      opened.push(() => client.shutdown());
      return client;
    },
    openMessages: async () => closing(await ServiceMessages.open(service.policy)),
    async openEvents() {
      if (eventHub === undefined) throw new NotPossible("needs EVENT_HUB_CONNECTION_STRING");
      return closing(await EventReader.open(eventHub, target.consumerGroup));
    },
    provisioning() {
      if (provisioning !== undefined) return provisioning;
      throw new NotPossible("needs PROVISIONING_CONNECTION_STRING and ID_SCOPE");
    },
    onEnd: (close) => opened.push(close),
  };
}
