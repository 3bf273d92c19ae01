import type { AmqpConnection } from "../amqp/amqp-connection.ts";
import type { AmqpContext } from "../amqp/amqp-context.ts";
import { AmqpServer } from "../amqp/amqp-server.ts";
import { EventReaders } from "../amqp/services/event-readers.ts";
import { containersOver } from "../blobs/blob-container.ts";
import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { parseCertificate } from "../certificates/node/node-certificate.ts";
import type { FaultRules } from "../faults/fault-rules.ts";
import { createDeviceApi } from "../http/device-api.ts";
import { createProvisioningApi } from "../http/provisioning-api.ts";
import { createProvisioningServiceApi } from "../http/provisioning-service-api.ts";
import type { SkewedClock } from "../hub/clock.ts";
import type { EventFeed } from "../hub/events/event-feed.ts";
import type { HostNames } from "../hub/host-names.ts";
import { Hub } from "../hub/hub.ts";
import type { MqttConnection } from "../mqtt/mqtt-connection.ts";
import { MqttServer } from "../mqtt/mqtt-server.ts";
import { Registrations } from "../mqtt/registrations.ts";
import { LocalDevices } from "../provisioning/local-devices.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import { conditionOf } from "../query/condition.ts";
import { RegistryJobs } from "../service/registry-jobs/registry-jobs.ts";
import { createServiceApi } from "../service/service-api.ts";
import { Workloads } from "../workload/workloads.ts";
import type { HubServerOptions } from "./hub-server-options.ts";
import { serverCrypto } from "./server-crypto.ts";

/** Options of a {@link HubCore}. */
export interface HubCoreOptions {
  readonly options: HubServerOptions;
  readonly clock: SkewedClock;
  readonly faults: FaultRules;
  readonly hostNames: HostNames;
  readonly eventHub: string;
  ca(): string;
  readonly provisioning: Provisioning;
  readonly blobs: BlobStorage;
  readonly amqpEndpoint: AmqpContext["endpoint"];
  host(): string;
  acceptsDevices(): boolean;
  /** The events of the core before, whose listeners stay. */
  readonly events?: EventFeed | undefined;
}

/**
 * A hub on its store, with the servers and APIs that hold its state: everything of a {@link HubServer} but its ports. It is
 * replaced when the state is.
 */
export class HubCore {
  readonly hub: Hub;
  readonly devices: LocalDevices;
  readonly mqtt: MqttServer;
  readonly amqp: AmqpServer;
  readonly workloads: Workloads;
  /** Answers requests of devices and services. Returns `undefined` for other requests. */
  readonly respond: (
    request: Request,
    certificates: () => readonly Certificate[],
  ) => Response | Promise<Response> | undefined;
  readonly #registryJobs: RegistryJobs;

  constructor(core: HubCoreOptions) {
    const { options, clock, faults, hostNames, provisioning, blobs, acceptsDevices } = core;
    const hub = new Hub({
      hostNames,
      clock,
      name: core.eventHub,
      store: options.store,
      sasClockSkewSeconds: options.sasClockSkewSeconds,
      requireApiVersion: options.requireApiVersion,
      tier: options.tier,
      lockSeconds: options.c2dLockSeconds,
      maxDeliveryCount: options.c2dMaxDeliveryCount,
      partitions: options.partitions,
      telemetryLimits: {
        messages: options.telemetryLimit,
        bytes: options.telemetryMaxBytes,
        bytesPerDevice: options.telemetryMaxBytesPerDevice,
      },
      twinInterceptor: (session, operation) => faults.onTwin(session, operation),
      makeKey: options.makeKey,
      crypto: serverCrypto,
      events: core.events,
      parseCertificate,
      parseCondition: conditionOf,
    });
    this.hub = hub;
    for (const name of options.consumerGroups) hub.eventHubs.builtIn.addConsumerGroup(name);
    this.devices = new LocalDevices(hub, options.store);
    this.mqtt = new MqttServer({
      hub,
      registrations: new Registrations(hub, provisioning, hostNames),
      // Not the hub's clock: a skewed clock must not end connections before their keep-alive.
      clock: options.clock,
      faults,
      schedule: (run) => void setImmediate(run),
    });
    this.amqp = new AmqpServer({
      hub,
      provisioning,
      clock,
      faults,
      onService: () => faults.onService("AMQP"),
      readers: new EventReaders(),
      endpoint: core.amqpEndpoint,
    });
    this.workloads = new Workloads({
      hub,
      get ca() {
        return core.ca();
      },
      hostName: options.hostName,
      gatewayHost: () => core.host(),
    });
    const provisioningApi = createProvisioningApi(hub, provisioning);
    const provisioningServiceApi = createProvisioningServiceApi({
      provisioning,
      hostNames,
      now: () => clock.now(),
      parseCertificate,
    });
    this.#registryJobs = new RegistryJobs({
      hub,
      clock,
      store: options.store,
      openContainer: containersOver((url) => blobs.reach(url)),
    });
    const serviceApi = createServiceApi(hub, this.#registryJobs, acceptsDevices, () =>
      faults.onService("HTTPS"),
    );
    const deviceApi = createDeviceApi({
      hub,
      blobs,
      clock,
      faults,
      blobHost: () => core.host(),
      acceptsDevices,
    });
    this.respond = (request, certificates) =>
      provisioningApi(request, certificates) ??
      provisioningServiceApi(request) ??
      serviceApi(request) ??
      deviceApi(request, certificates);
  }

  /** Calls `act` with the connection of a device or module. Returns false if it isn't connected. */
  withConnection(key: string, act: (connection: MqttConnection | AmqpConnection) => void): boolean {
    return this.mqtt.withConnection(key, act) || this.amqp.withConnection(key, act);
  }

  /** Ends all connections. Listeners of events stay. */
  async end(): Promise<void> {
    this.#registryJobs.close();
    this.hub.end();
    this.amqp.close();
    this.mqtt.close();
    await this.workloads.close();
  }
}
