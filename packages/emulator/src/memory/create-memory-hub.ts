import * as core from "@isohub/core";
import { webCrypto } from "@isohub/core/internal";
import { leanEngine } from "@isohub/core/lean";
import { type Clock, type CryptoProvider, createReceivers, type Platform } from "@isohub/core/runtime";
import { webClock } from "@isohub/core/web";
import { type EmulatorIdentities, identitiesOf } from "../api/identities.ts";
import { type EmulatorMessages, messagesOf } from "../api/messages.ts";
import { type EmulatorMethods, methodsOf } from "../api/methods.ts";
import { type EmulatorProvisioning, provisioningOf } from "../api/provisioning.ts";
import { type EmulatorQuota, quotaOf } from "../api/quota.ts";
import { type EmulatorSessions, sessionsOf } from "../api/sessions.ts";
import { type EmulatorTwins, twinsOf } from "../api/twins.ts";
import { checkedFaults } from "../faults/checked-faults.ts";
import type { Faults } from "../faults/faults.ts";
import { MemoryHubServer } from "./memory-hub-server.ts";
import { memoryRuntime } from "./memory-runtime.ts";

/** Options of {@link createMemoryHub}. */
export interface MemoryHubOptions {
  /** The clock of the hub and of its clients. Defaults to the clock of the runtime. */
  readonly clock?: Clock | undefined;
  /** Makes keys, in base64, for tests that need the same keys each time. By default, keys are random. */
  readonly makeKey?: (() => string) | undefined;
  /** Signs and verifies tokens. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
  /** The number of telemetry messages to keep. Defaults to 10,000. */
  readonly telemetryLimit?: number | undefined;
}

/**
 * A hub and a provisioning service in this program, with clients that connect to it. It has the methods of `Emulator`, but no
 * sockets, HTTP, file uploads or certificates.
 */
export interface MemoryHub
  extends Omit<EmulatorIdentities, "caCertificates" | "addCaCertificate" | "removeCaCertificate">,
    EmulatorMessages,
    EmulatorMethods,
    EmulatorTwins,
    EmulatorSessions,
    EmulatorQuota,
    EmulatorProvisioning,
    AsyncDisposable {
  readonly hostName: string;
  /** A connection string with the policy `iothubowner`. */
  readonly serviceConnectionString: string;
  /** Fault injection. */
  readonly faults: Faults;
  /** Device clients of this hub. They have every feature that needs neither HTTP nor certificates. */
  readonly IoTHubDeviceClient: typeof core.IoTHubDeviceClient;
  /** Module clients of this hub. */
  readonly IoTHubModuleClient: typeof core.IoTHubModuleClient;
  /** Clients of its provisioning service; its host is {@link hostName}. */
  readonly ProvisioningDeviceClient: typeof core.ProvisioningDeviceClient;
  /** The engine of the clients, for the simulator. */
  readonly engine: core.MqttEngine;
  readonly clock: Clock;
  /** Ends all connections. */
  close(): Promise<void>;
}

const hostName = "memory-hub";

/**
 * Creates a hub within this program: in a page, a worker, or the tests of an application. It takes milliseconds. Clients and hub
 * speak MQTT with each other, as over a network.
 *
 * @example
 * const hub = createMemoryHub();
 * const { connectionString } = await hub.createDevice("thermostat");
 * const client = hub.IoTHubDeviceClient.createFromConnectionString(connectionString);
 * await client.sendMessage({ temperature: 21.5 });
 * @throws {RangeError} for a limit out of range
 */
export function createMemoryHub(options: MemoryHubOptions = {}): MemoryHub {
  const { clock = webClock, crypto = webCrypto, telemetryLimit = 10_000 } = options;
  if (!Number.isInteger(telemetryLimit) || telemetryLimit < 0)
    throw new RangeError(`telemetryLimit must be an integer from 0, got ${telemetryLimit}`);
  const server = new MemoryHubServer({ hostName, clock, telemetryLimit, makeKey: options.makeKey, crypto });
  const platform: Platform = {
    runtime: memoryRuntime(server, clock, crypto),
    engine: leanEngine,
    loadReceivers: () => createReceivers,
  };
  const {
    caCertificates: _list,
    addCaCertificate: _add,
    removeCaCertificate: _remove,
    ...identities
  } = identitiesOf(server.hub, hostName, hostName);
  const close = async (): Promise<void> => server.close();
  return {
    ...identities,
    ...messagesOf(server.hub),
    ...methodsOf(server.hub),
    ...twinsOf(server.hub),
    ...quotaOf(server.hub),
    ...sessionsOf(server.hub, (identity) => server.kick(identity)),
    ...provisioningOf(server.service, hostName),
    hostName,
    serviceConnectionString: `HostName=${hostName};SharedAccessKeyName=iothubowner;SharedAccessKey=${server.hub.policies.get("iothubowner")?.primaryKey}`,
    faults: checkedFaults(server.faults),
    IoTHubDeviceClient: class<
      T extends core.TwinShape = core.UntypedTwin,
    > extends core.IoTHubDeviceClient<T> {
      protected static override readonly platform: Platform = platform;
    },
    IoTHubModuleClient: class<
      T extends core.TwinShape = core.UntypedTwin,
    > extends core.IoTHubModuleClient<T> {
      protected static override readonly platform: Platform = platform;
    },
    ProvisioningDeviceClient: class extends core.ProvisioningDeviceClient {
      protected static override readonly platform: Platform = platform;
    },
    engine: leanEngine,
    clock,
    close,
    [Symbol.asyncDispose]: close,
  };
}
