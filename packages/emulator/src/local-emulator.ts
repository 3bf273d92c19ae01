import type { CreatedDevice, Emulator, Endpoints, SessionInfo, WaitOptions } from "./emulator-api.ts";
import type { Faults } from "./faults.ts";
import type { FeedbackRecord } from "./hub/c2d.ts";
import type { C2dOptions } from "./hub/c2d-message.ts";
import type { C2dQueueItem } from "./hub/c2d-queue.ts";
import { isoTime } from "./hub/clock.ts";
import type { HubEvent } from "./hub/events.ts";
import type { Hub } from "./hub/hub.ts";
import type { MethodCall, MethodResult } from "./hub/methods.ts";
import type { IdentityOptions } from "./hub/registry.ts";
import type { DeviceIdentity, ServiceTwin } from "./hub/service-view.ts";
import type { Session } from "./hub/session.ts";
import { matches, type TelemetryFilter, type TelemetryMessage } from "./hub/telemetry.ts";

/** What an emulator is put together from. */
export interface EmulatorParts {
  readonly hub: Hub;
  readonly hostName: string;
  /** The host of connection strings: with a port, unless the official ones are bound. */
  readonly connectionHost: string;
  readonly ca: string;
  readonly endpoints: Endpoints;
  readonly faults: Faults;
  kick(deviceId: string): boolean;
  close(): Promise<void>;
}

const defaultWaitMs = 5_000;

/** The hub with its handles for tests: everything the control API offers, in process. */
export class LocalEmulator implements Emulator {
  readonly hostName: string;
  readonly ca: string;
  readonly endpoints: Endpoints;
  readonly serviceConnectionString: string;
  readonly faults: Faults;
  readonly #hub: Hub;
  readonly #parts: EmulatorParts;
  #closed: Promise<void> | undefined;

  constructor(parts: EmulatorParts) {
    this.#parts = parts;
    this.#hub = parts.hub;
    this.hostName = parts.hostName;
    this.ca = parts.ca;
    this.endpoints = parts.endpoints;
    this.faults = parts.faults;
    const owner = parts.hub.policies.get("iothubowner");
    this.serviceConnectionString = `HostName=${parts.connectionHost};SharedAccessKeyName=iothubowner;SharedAccessKey=${owner?.primaryKey ?? ""}`;
  }

  async createDevice(deviceId: string, options: IdentityOptions = {}): Promise<CreatedDevice> {
    this.#hub.create({ deviceId }, options);
    return { ...this.#hub.identityView({ deviceId }), connectionString: this.connectionString(deviceId) };
  }

  connectionString(deviceId: string): string {
    const { primaryKey } = this.#hub.registry.require({ deviceId });
    return `HostName=${this.#parts.connectionHost};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
  }

  async getDevice(deviceId: string): Promise<DeviceIdentity> {
    return this.#hub.identityView({ deviceId });
  }

  async listDevices(): Promise<DeviceIdentity[]> {
    const devices = this.#hub.registry.list().filter(({ moduleId }) => moduleId === undefined);
    return devices.map((device) => this.#hub.identityView(device));
  }

  async updateDevice(deviceId: string, options: IdentityOptions): Promise<DeviceIdentity> {
    this.#hub.update({ deviceId }, options);
    return this.#hub.identityView({ deviceId });
  }

  async deleteDevice(deviceId: string): Promise<void> {
    this.#hub.delete({ deviceId });
  }

  async sendC2d(
    deviceId: string,
    body: string | Uint8Array | object,
    options?: C2dOptions,
  ): Promise<{ messageId: string }> {
    return this.#hub.c2d.send(deviceId, body, options);
  }

  c2dQueue(deviceId: string): C2dQueueItem[] {
    this.#hub.registry.require({ deviceId });
    return this.#hub.c2d.list(deviceId);
  }

  async purgeC2d(deviceId: string): Promise<number> {
    this.#hub.registry.require({ deviceId });
    return this.#hub.c2d.purge(deviceId);
  }

  feedback(): FeedbackRecord[] {
    return this.#hub.c2d.feedback();
  }

  async invokeMethod(
    deviceId: string,
    methodName: string,
    payload?: unknown,
    options: Omit<MethodCall, "methodName" | "payload"> = {},
  ): Promise<MethodResult> {
    this.#hub.registry.require({ deviceId });
    return this.#hub.methods.invoke({ deviceId }, { ...options, methodName, payload });
  }

  async getTwin(deviceId: string): Promise<ServiceTwin> {
    return this.#hub.twinView({ deviceId });
  }

  async patchDesired(deviceId: string, patch: object): Promise<ServiceTwin> {
    this.#hub.registry.require({ deviceId });
    this.#hub.twins.patchDesired({ deviceId }, patch);
    return this.#hub.twinView({ deviceId });
  }

  async patchTags(deviceId: string, patch: object): Promise<ServiceTwin> {
    this.#hub.registry.require({ deviceId });
    this.#hub.twins.of({ deviceId }).patchTags(patch);
    return this.#hub.twinView({ deviceId });
  }

  telemetry(deviceId?: string): TelemetryMessage[] {
    return this.#hub.telemetry.read(deviceId === undefined ? {} : { deviceId });
  }

  async waitForTelemetry(
    match: ((message: TelemetryMessage) => boolean) | (TelemetryFilter & { readonly count?: number }),
    options: WaitOptions = {},
  ): Promise<TelemetryMessage[]> {
    const test =
      typeof match === "function" ? match : (message: TelemetryMessage): boolean => matches(message, match);
    const count = options.count ?? (typeof match === "function" ? 1 : (match.count ?? 1));
    return this.#hub.telemetry.wait(test, count, options.timeoutMs ?? defaultWaitMs);
  }

  sessions(): SessionInfo[] {
    return this.#hub.sessions
      .list()
      .filter(({ live }) => live)
      .map(sessionInfo);
  }

  kick(deviceId: string): boolean {
    return this.#parts.kick(deviceId);
  }

  events({ signal }: { signal?: AbortSignal } = {}): AsyncIterableIterator<HubEvent> {
    return this.#hub.events.stream(signal);
  }

  on(listener: (event: HubEvent) => void): () => void {
    return this.#hub.events.on(listener);
  }

  close(): Promise<void> {
    this.#closed ??= this.#parts.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function sessionInfo({
  identity,
  facts,
  connection,
  connectedAt,
  subscriptions,
  about,
  expiresAt,
}: Session): SessionInfo {
  const { transport, remoteAddress } = connection;
  return {
    clientId: facts.clientId,
    ...identity,
    transport,
    remoteAddress,
    connectedAt: isoTime(connectedAt),
    keepAlive: facts.keepAlive,
    clean: facts.clean,
    subscriptions: Object.fromEntries(subscriptions),
    ...(about.userAgent === undefined ? {} : { userAgent: about.userAgent }),
    ...(about.modelId === undefined ? {} : { modelId: about.modelId }),
    ...(expiresAt === undefined ? {} : { tokenExpiry: isoTime(expiresAt) }),
  };
}
