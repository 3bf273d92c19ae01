import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { Faults } from "../faults/faults.ts";
import type { FeedbackRecord } from "../hub/c2d.ts";
import type { C2dOptions } from "../hub/c2d-message.ts";
import { isoTime } from "../hub/clock.ts";
import type { QueueItem } from "../hub/delivery-queue.ts";
import type { EdgeRoute, EdgeRouteSpec } from "../hub/edge-routes.ts";
import type { HubEvent } from "../hub/events.ts";
import type { Hub } from "../hub/hub.ts";
import { parseIdentity } from "../hub/identity.ts";
import type { InputOptions } from "../hub/input-message.ts";
import type { InputQueueItem } from "../hub/inputs.ts";
import type { MethodCall, MethodResult } from "../hub/methods.ts";
import type { ServiceTwin } from "../hub/service-view.ts";
import type { Session } from "../hub/session.ts";
import { matches, type TelemetryFilter, type TelemetryMessage } from "../hub/telemetry.ts";
import type { FileUpload } from "../hub/uploads.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { Workload, WorkloadOptions, Workloads } from "../workload/workloads.ts";
import type { Emulator, Endpoints, SessionInfo, WaitOptions } from "./emulator.ts";
import type { HubOptions } from "./hubs.ts";
import { LocalIdentities } from "./local-identities.ts";

/** What an emulator is put together from. */
export interface EmulatorParts {
  readonly hub: Hub;
  readonly hostName: string;
  /** The host of connection strings: with a port, unless the official ones are bound. */
  readonly connectionHost: string;
  readonly ca: string;
  readonly endpoints: Endpoints;
  readonly faults: Faults;
  readonly provisioning: Provisioning;
  readonly blobs: BlobStorage;
  readonly workloads: Workloads;
  kick(deviceId: string): boolean;
  createHub(name: string, options: HubOptions): Promise<Emulator>;
  hubs(): ReadonlyMap<string, Emulator>;
  close(): Promise<void>;
}

const defaultWaitMs = 5_000;

/** The hub with its handles for tests: everything the control API offers, in process. */
export class LocalEmulator extends LocalIdentities implements Emulator {
  readonly hostName: string;
  readonly ca: string;
  readonly endpoints: Endpoints;
  readonly serviceConnectionString: string;
  readonly faults: Faults;
  readonly #hub: Hub;
  readonly #parts: EmulatorParts;
  #closed: Promise<void> | undefined;

  constructor(parts: EmulatorParts) {
    super(parts.hub, parts.provisioning, parts.connectionHost);
    this.#parts = parts;
    this.#hub = parts.hub;
    this.hostName = parts.hostName;
    this.ca = parts.ca;
    this.endpoints = parts.endpoints;
    this.faults = parts.faults;
    const owner = parts.hub.policies.get("iothubowner");
    this.serviceConnectionString = `HostName=${parts.connectionHost};SharedAccessKeyName=iothubowner;SharedAccessKey=${owner?.primaryKey ?? ""}`;
  }

  createHub(name: string, options: HubOptions = {}): Promise<Emulator> {
    return this.#parts.createHub(name, options);
  }

  hubs(): ReadonlyMap<string, Emulator> {
    return this.#parts.hubs();
  }

  async moveDevice(registrationId: string, hubName: string): Promise<void> {
    this.#parts.provisioning.move(registrationId, hubName);
  }

  async sendC2d(
    deviceId: string,
    body: string | Uint8Array | object,
    options?: C2dOptions,
  ): Promise<{ messageId: string }> {
    return this.#hub.c2d.send(deviceId, body, options);
  }

  c2dQueue(deviceId: string): QueueItem[] {
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
    identity: string,
    methodName: string,
    payload?: unknown,
    options: Omit<MethodCall, "methodName" | "payload"> = {},
  ): Promise<MethodResult> {
    const target = this.#hub.registry.named(identity);
    return this.#hub.methods.invoke(target, { ...options, methodName, payload });
  }

  async getTwin(identity: string): Promise<ServiceTwin> {
    return this.#hub.views.twin(this.#hub.registry.named(identity));
  }

  async patchDesired(identity: string, patch: object): Promise<ServiceTwin> {
    this.#hub.twins.patchDesired(this.#hub.registry.named(identity), patch);
    return this.getTwin(identity);
  }

  async patchTags(identity: string, patch: object): Promise<ServiceTwin> {
    this.#hub.twins.of(this.#hub.registry.named(identity)).patchTags(patch);
    return this.getTwin(identity);
  }

  async sendToInput(
    deviceId: string,
    moduleId: string,
    inputName: string,
    body: string | Uint8Array | object,
    options?: InputOptions,
  ): Promise<{ messageId: string }> {
    return this.#hub.inputs.send({ deviceId, moduleId }, inputName, body, options);
  }

  inputQueue(deviceId: string, moduleId: string): InputQueueItem[] {
    return this.#hub.inputs.list(this.#hub.registry.require({ deviceId, moduleId }));
  }

  async addRoute(route: EdgeRouteSpec): Promise<EdgeRoute> {
    return this.#hub.inputs.routes.add(route);
  }

  async removeRoute(id: string): Promise<void> {
    this.#hub.inputs.routes.remove(id);
  }

  routes(): EdgeRoute[] {
    return this.#hub.inputs.routes.list();
  }

  async startWorkload(options: WorkloadOptions): Promise<Workload> {
    return this.#parts.workloads.start(options);
  }

  workloads(): Workload[] {
    return this.#parts.workloads.list();
  }

  uploads(deviceId?: string): FileUpload[] {
    return this.#hub.uploads.list(deviceId);
  }

  async readBlob(blobName: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#parts.blobs.read(blobName)).arrayBuffer());
  }

  telemetry(identity?: string): TelemetryMessage[] {
    return this.#hub.telemetry.read(
      identity === undefined ? {} : (parseIdentity(identity) ?? { deviceId: identity }),
    );
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

  kick(identity: string): boolean {
    return this.#parts.kick(identity);
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
  connectFields,
  connection,
  connectedAt,
  subscriptions,
  clientInfo,
  expiresAt,
}: Session): SessionInfo {
  const { transport, remoteAddress } = connection;
  return {
    clientId: connectFields.clientId,
    ...identity,
    transport,
    remoteAddress,
    connectedAt: isoTime(connectedAt),
    keepAlive: connectFields.keepAlive,
    clean: connectFields.clean,
    subscriptions: Object.fromEntries(subscriptions),
    ...(clientInfo.userAgent === undefined ? {} : { userAgent: clientInfo.userAgent }),
    ...(clientInfo.modelId === undefined ? {} : { modelId: clientInfo.modelId }),
    ...(expiresAt === undefined ? {} : { tokenExpiry: isoTime(expiresAt) }),
  };
}
