import type { IoTHubModuleClient } from "@isohub/browser";
import { setPageTimer } from "@isohub/browser/timer";
import {
  type ControlClient,
  ControlError,
  createControlClient,
  type HubInfo,
} from "@isohub/emulator/control-client";
import type { ClientFactory, DeviceClientFactory, LocalConnectionStrings } from "@isohub/simulator";
import { type Signal, signal } from "@preact/signals";
import { repaint } from "../repaint.ts";
import { Ring } from "../ring.ts";
import { type MetricValue, parseMetrics } from "./metrics.ts";
import { QuotaMeter } from "./quota.ts";

type Sessions = Awaited<ReturnType<ControlClient["sessions"]>>;
type Devices = Awaited<ReturnType<ControlClient["listDevices"]>>;
/** A message that the hub has received. */
export type HubTelemetry = Awaited<ReturnType<ControlClient["telemetry"]>>[number];
/** An event of the hub. */
export type HubEvent =
  Awaited<ReturnType<ControlClient["events"]>> extends AsyncIterableIterator<infer E> ? E : never;

/** The client classes of a hub. */
export interface HubClients {
  readonly IoTHubDeviceClient: DeviceClientFactory;
  readonly IoTHubModuleClient: ClientFactory<IoTHubModuleClient>;
}

/** A hub as the console uses it: in the process that serves the page, or in the page itself. */
export interface HubSource {
  readonly client: ControlClient;
  readonly clients: HubClients;
  readonly isInPage: boolean;
  /** The control token, if the hub requires one. */
  readonly token?: string | undefined;
}

const retryMs = 2000;
const readDelayMs = 250;

/** Returns a function that schedules a read. Calls before the read begins share it. */
function coalesced(read: () => Promise<void>): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    setPageTimer(() => {
      isDue = false;
      read().catch(() => {});
    }, readDelayMs);
  };
}

/** The local hub that serves this page: its control API, its events, and its telemetry. One open connection serves them all. */
export class HubAccess {
  /** `locked` if the hub requires a control token, and the page has none or a wrong one. */
  readonly status: Signal<"loading" | "online" | "offline" | "locked"> = signal("loading");
  readonly info: Signal<HubInfo | undefined> = signal(undefined);
  readonly sessions: Signal<Sessions> = signal([]);
  readonly devices: Signal<Devices> = signal([]);
  readonly events: Ring<HubEvent> = new Ring(500);
  readonly telemetry: Ring<HubTelemetry> = new Ring(200);
  /** The number of events so far, by type. */
  readonly eventCounts: Map<string, number> = new Map();
  readonly quota: QuotaMeter = new QuotaMeter(Date.now());
  readonly #telemetryListeners = new Set<(message: HubTelemetry) => void>();
  readonly #restartListeners = new Set<() => void>();
  /** The devices that are being created, or whose creation isn't in the list yet. */
  readonly #creating = new Map<string, Promise<LocalConnectionStrings>>();
  readonly #created = new Set<string>();
  #after = 0;
  /** The time at which the connection to the hub was lost; `undefined` once its telemetry has been read again. */
  #unreadSince: number | undefined;
  #isReading = false;
  #wantsRead = false;
  readonly #updateSessions = coalesced(() => this.#readSessions());
  readonly #updateDevices = coalesced(() => this.#readDevices());
  #reading: Promise<void> | undefined;

  #client: ControlClient;
  #token: string | undefined;
  /** The clients that reach this hub. */
  readonly clients: HubClients;
  /** Whether the hub runs in this page, and has no HTTP. */
  readonly isInPage: boolean;

  constructor({ client, clients, isInPage, token }: HubSource) {
    this.#client = client;
    this.#token = token;
    this.clients = clients;
    this.isInPage = isInPage;
  }

  get client(): ControlClient {
    return this.#client;
  }

  /** The time up to which the page knows what the hub holds: now, or the time at which it lost the hub. */
  get knownUntil(): number {
    return this.#unreadSince ?? Date.now();
  }

  /** Connects again with a control token. */
  unlock(token: string): void {
    this.#client = createControlClient(this.#client.url, { token });
    this.#token = token;
    this.start();
  }

  /** Follows the hub until the page closes. While it can't be reached, retries every two seconds. */
  start(): void {
    void this.#follow().then((end) => {
      this.#unreadSince ??= Date.now();
      this.status.value = end;
      if (end === "offline") setPageTimer(() => this.start(), retryMs);
    });
  }

  /** Calls a listener with each telemetry message of any device. */
  onTelemetry(listener: (message: HubTelemetry) => void): void {
    this.#telemetryListeners.add(listener);
  }

  /** Calls a listener when another hub has replaced this one. */
  onRestart(listener: () => void): void {
    this.#restartListeners.add(listener);
  }

  /** Reads the metrics of the hub's process; none for a hub in the page. */
  async metrics(): Promise<MetricValue[]> {
    if (this.isInPage) return [];
    const headers: Record<string, string> =
      this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const response = await fetch("/metrics", { headers });
    if (!response.ok) throw new Error(`The hub answered with status ${response.status}`);
    return parseMetrics(await response.text());
  }

  /** Returns the connection strings of a device, or of a module as `device/module`. Registers the device if it doesn't exist. */
  async register(identity: string): Promise<LocalConnectionStrings> {
    const [deviceId = "", moduleId] = identity.split("/");
    const isKnown = (): boolean => this.devices.peek().some((device) => device.deviceId === deviceId);
    // A request for a device that doesn't exist would leave an error in the browser's console.
    const device = (): Promise<LocalConnectionStrings> =>
      isKnown() ? this.client.getDevice(deviceId) : this.#createDevice(deviceId);
    if (moduleId === undefined) return device();
    if (!isKnown()) await device();
    const modules = await this.client.listModules(deviceId);
    const isRegistered = modules.some((module) => module.moduleId === moduleId);
    const registered = isRegistered
      ? this.client.getModule(deviceId, moduleId)
      : this.client.createModule(deviceId, moduleId);
    return registered;
  }

  /** Creates a device once, even if the device and its modules connect at the same time. */
  #createDevice(deviceId: string): Promise<LocalConnectionStrings> {
    let creating = this.#creating.get(deviceId);
    if (creating === undefined) {
      creating = this.#createUnlessExists(deviceId).finally(() => this.#created.add(deviceId));
      this.#creating.set(deviceId, creating);
    }
    return creating;
  }

  /** Creates a device, or returns it if another client has created it since the list was read. */
  async #createUnlessExists(deviceId: string): Promise<LocalConnectionStrings> {
    try {
      return await this.client.createDevice(deviceId);
    } catch (error) {
      if ((error as Partial<Error>).name !== "DeviceAlreadyExists") throw error;
      return this.client.getDevice(deviceId);
    }
  }

  /** Reads sessions and devices again. Concurrent calls share one reading. */
  refresh(): Promise<void> {
    this.#reading ??= Promise.all([this.#readSessions(), this.#readDevices()])
      .then(() => {})
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  async #readSessions(): Promise<void> {
    this.sessions.value = await this.client.sessions();
  }

  async #readDevices(): Promise<void> {
    const created = [...this.#created];
    this.devices.value = await this.client.listDevices();
    for (const deviceId of created) {
      this.#created.delete(deviceId);
      this.#creating.delete(deviceId);
    }
  }

  async #follow(): Promise<"offline" | "locked"> {
    try {
      const info = await this.client.info();
      const events = await this.client.events();
      const isAnother = this.info.peek()?.serviceConnectionString !== info.serviceConnectionString;
      if (this.info.peek() !== undefined && isAnother) {
        this.#after = 0;
        this.telemetry.clear();
        for (const listener of this.#restartListeners) listener();
      }
      this.info.value = info;
      await this.refresh();
      this.status.value = "online";
      this.#read();
      for await (const event of events) this.#onEvent(event);
    } catch (error) {
      // Both are states of the page, not errors.
      if (error instanceof ControlError && error.statusCode === 401) return "locked";
    }
    return "offline";
  }

  #onEvent(event: HubEvent): void {
    this.eventCounts.set(event.type, (this.eventCounts.get(event.type) ?? 0) + 1);
    repaint();
    if (event.type === "telemetry") {
      this.quota.add(event.bytes);
      this.#read();
      return;
    }
    if (event.type !== "pingReceived") this.events.add(event);
    if (event.type === "deviceConnected" || event.type === "deviceDisconnected") this.#updateSessions();
    else if (event.type.startsWith("device")) this.#updateDevices();
  }

  /** Reads the telemetry since the last time. One request at a time reads everything that has arrived meanwhile. */
  #read(): void {
    this.#wantsRead = true;
    if (this.#isReading) return;
    this.#isReading = true;
    setPageTimer(() => {
      this.#wantsRead = false;
      this.client
        .telemetry(undefined, { after: this.#after })
        .then((messages) => this.#receive(messages))
        .catch(() => {})
        .finally(() => {
          this.#isReading = false;
          if (this.#wantsRead) this.#read();
        });
    }, readDelayMs);
  }

  #receive(messages: readonly HubTelemetry[]): void {
    this.#unreadSince = undefined;
    for (const message of messages) {
      this.#after = Math.max(this.#after, message.sequenceNumber);
      this.telemetry.add(message);
      for (const listener of this.#telemetryListeners) listener(message);
    }
    repaint();
  }
}
