import {
  type ClientState,
  ConnectionDroppedError,
  exponentialBackoff,
  type JsonObject,
  Message,
  type MethodResult,
  type RetryPolicy,
} from "@isohub/core";
import { utf8Length } from "@isohub/core/internal";
import { type Clock, type MqttEngine, within } from "@isohub/core/runtime";
import { messageNumberProperty } from "../checks/references.ts";
import type { MethodSpec } from "../document/device-type.ts";
import { durationMs } from "../document/duration.ts";
import { randomStream } from "../generators/random.ts";
import type { SimulatedIdentity } from "../plan/identity.ts";
import { MessagePlan, type PlannedMessage } from "../plan/message-plan.ts";
import { plannedUpload } from "../plan/planned-upload.ts";
import type { DeviceObserver, DeviceOperation, SentMessage } from "../statistics/device-observer.ts";
import type { CreateClient, SimulatedClient } from "./client-source.ts";
import { ConnectionTap } from "./connection-tap.ts";
import { DeviceTwin } from "./device-twin.ts";
import type { SimulatorPlatform } from "./platform.ts";

/** Options of a {@link SimulatedDevice}, besides its identity. */
export interface DeviceSetup {
  readonly platform: SimulatorPlatform;
  readonly clock: Clock;
  readonly seed: number;
  readonly files: Readonly<Record<string, string>>;
  readonly createClient: CreateClient;
  readonly observers: readonly DeviceObserver<SimulatedDevice>[];
}

/** A device or module with its client: sends the messages of its plan, and reacts to the hub as its type describes. */
export class SimulatedDevice {
  readonly identity: SimulatedIdentity;
  /** The messages that the device will send. */
  readonly plan: MessagePlan;
  /** Values that replace those of the generators, by field, as set by hand. */
  readonly overrides: Map<string, unknown> = new Map();
  readonly #setup: DeviceSetup;
  readonly #tap = new ConnectionTap();
  readonly #twin: DeviceTwin;
  readonly #pending = new Set<Promise<void>>();
  readonly #uploading = new Set<Promise<void>>();
  #client: SimulatedClient | undefined;
  #state: ClientState | undefined;
  #isOn = false;
  #hasReported = false;
  #uploads = 0;

  constructor(identity: SimulatedIdentity, setup: DeviceSetup) {
    this.identity = identity;
    this.#setup = setup;
    this.#twin = new DeviceTwin(identity.type);
    this.plan = new MessagePlan(identity.type, setup.files, setup.seed, identity.number, identity.module);
  }

  /** The client; `undefined` until the device is switched on for the first time. */
  get client(): SimulatedClient | undefined {
    return this.#client;
  }

  /** Whether the device is switched on. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /** The number of messages that the hub hasn't acknowledged. */
  get pending(): number {
    return this.#pending.size;
  }

  /** The valid values of the desired properties, by name. */
  get desired(): Readonly<Record<string, unknown>> {
    return this.#twin.values;
  }

  /** The bytes of MQTT packets. */
  get traffic(): { readonly sent: number; readonly received: number } {
    return { sent: this.#tap.bytesSent, received: this.#tap.bytesReceived };
  }

  /** Switches the device on: it connects, and reports its properties the first time. Failures go to the observers. */
  async switchOn(): Promise<void> {
    this.#isOn = true;
    try {
      this.#client ??= this.#createClient();
      await this.#client.connect();
    } catch (error) {
      if (this.#isOn) this.#failed("connect", error);
      return;
    }
    await this.#reportInitial();
  }

  /** Switches the device off: it waits up to `graceMs` for acknowledgements, and disconnects unless it is on again by then. */
  async switchOff(graceMs: number): Promise<void> {
    this.#isOn = false;
    await this.settled(graceMs);
    if (this.#isOn) return;
    await this.#client?.disconnect().catch((error: unknown) => this.#failed("connect", error));
  }

  /** Breaks the connection, as a network failure does; the client reconnects. @returns false without a connection */
  breakConnection(): boolean {
    if (!this.#tap.isOpen) return false;
    const error = new ConnectionDroppedError("connection_dropped", "The simulator broke the connection");
    this.#notify((observer) => observer.onBroken?.(this, error));
    this.#tap.drop(error);
    return true;
  }

  /** Sends the messages that the plan has next. */
  sendNext(): void {
    for (const message of this.plan.take({ desired: this.desired, overrides: this.overrides }))
      this.send(message);
  }

  /** Sends a message. Its outcome goes to the observers. */
  send(planned: PlannedMessage): void {
    const client = this.#client;
    if (client === undefined) return;
    const text = JSON.stringify(planned.body);
    const customProperties = { ...planned.properties, [messageNumberProperty]: String(planned.number) };
    const message = new Message(text, {
      customProperties,
      contentType: "application/json",
      contentEncoding: "utf-8",
    });
    if (planned.output !== undefined) message.outputName = planned.output;
    const properties = Object.entries(customProperties).reduce(
      (sum, [name, value]) => sum + utf8Length(name + value),
      0,
    );
    const sent: SentMessage = { ...planned, text, bytes: utf8Length(text) + properties };
    const since = this.#setup.clock.now();
    this.#notify((observer) => observer.onSent?.(this, sent));
    const outcome = client.sendMessage(message).then(
      () =>
        this.#notify((observer) => observer.onAcknowledged?.(this, sent, this.#setup.clock.now() - since)),
      (error: unknown) => this.#notify((observer) => observer.onFailed?.(this, sent, error)),
    );
    void track(this.#pending, outcome);
  }

  /** Uploads a file of the size that the type describes. */
  upload(): Promise<void> {
    return track(this.#uploading, this.#upload());
  }

  async #upload(): Promise<void> {
    const { uploads } = this.identity.type;
    const client = this.#client;
    if (uploads === undefined || client === undefined || !("uploadToBlob" in client)) return;
    const { name, content } = plannedUpload(uploads, ++this.#uploads);
    try {
      await client.uploadToBlob(name, content);
      this.#notify((observer) => observer.onUploaded?.(this, name, uploads.bytes));
    } catch (error) {
      this.#failed("upload", error);
    }
  }

  /** Resolves when every message and upload has an outcome, or after a time. */
  async settled(limitMs: number): Promise<void> {
    const work = [...this.#pending, ...this.#uploading];
    if (work.length === 0) return;
    await within(this.#setup.clock, limitMs, Promise.all(work));
  }

  /** Ends the device permanently. Messages without an acknowledgement fail. */
  async close(): Promise<void> {
    this.#isOn = false;
    await this.#client?.shutdown();
    await Promise.all([...this.#pending, ...this.#uploading]);
  }

  #createClient(): SimulatedClient {
    const { platform, createClient } = this.#setup;
    const { group, type } = this.identity;
    const engine: MqttEngine = this.#tap.on(platform.engine);
    const client = createClient({
      firstConnectionRetry: true,
      keepAlive: group.keepAlive,
      websockets: group.websockets,
      modelId: type.modelId,
      ...(platform.repeatsDelays === true ? { retryPolicy: this.#seededRetries() } : {}),
      ...platform.clientOptions,
      engine,
    });
    this.#state = client.state;
    let connectingSince = this.#setup.clock.now();
    client.on("connectionStateChange", (state) => {
      const before = this.#state ?? state;
      this.#state = state;
      if (state.status === "connected" && before.status !== "connected")
        this.#notify((observer) => observer.onConnected?.(this, this.#setup.clock.now() - connectingSince));
      else if (before.status === "connected" || before.status === "disconnected")
        connectingSince = this.#setup.clock.now();
      this.#notify((observer) => observer.onState?.(this, state, before));
    });
    client.on("backgroundException", (error) => this.#failed("background", error));
    this.#listen(client);
    return client;
  }

  #seededRetries(): RetryPolicy {
    const { number, module } = this.identity;
    return exponentialBackoff({}, randomStream(this.#setup.seed, number, module, 106));
  }

  #listen(client: SimulatedClient): void {
    const { methods = {}, desired, receivesMessages } = this.identity.type;
    for (const [name, method] of Object.entries(methods)) {
      let calls = 0;
      client.handleMethod(name, (request) => this.#answer(name, method, calls++, request.payload));
    }
    if (desired !== undefined)
      client.on("twinDesiredPropertiesPatch", (patch) => this.#react(patch as JsonObject));
    if (receivesMessages === true)
      client.on("message", (message) => this.#notify((observer) => observer.onReceived?.(this, message)));
  }

  async #answer(
    name: string,
    { answers = [{}], reconnects }: MethodSpec,
    call: number,
    payload: unknown,
  ): Promise<MethodResult> {
    const { status = 200, payload: result, delay } = answers[call % answers.length] ?? {};
    if (delay !== undefined) await this.#sleep(durationMs(delay));
    this.#notify((observer) => observer.onMethodCall?.(this, name, payload, status));
    // The answer is sent first.
    if (reconnects === true) this.#setup.clock.setTimer(() => this.breakConnection(), 100);
    return { status, payload: result ?? null };
  }

  /** Reports the initial properties. The client itself delivers the desired ones. */
  async #reportInitial(): Promise<void> {
    const { reported } = this.identity.type;
    if (this.#hasReported || reported === undefined) return;
    this.#hasReported = true;
    await this.#report(reported as JsonObject);
  }

  #react(desired: JsonObject): void {
    this.#notify((observer) => observer.onDesired?.(this, desired));
    for (const { patch, delayMs } of this.#twin.apply(desired)) {
      if (delayMs === 0) void this.#report(patch);
      else this.#setup.clock.setTimer(() => void this.#report(patch), delayMs);
    }
  }

  async #report(patch: JsonObject): Promise<void> {
    try {
      await this.#client?.patchTwinReportedProperties(patch);
      this.#notify((observer) => observer.onReported?.(this, patch));
    } catch (error) {
      this.#failed("report", error);
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#setup.clock.setTimer(resolve, ms));
  }

  #failed(operation: DeviceOperation, error: unknown): void {
    this.#notify((observer) => observer.onError?.(this, operation, error));
  }

  #notify(call: (observer: DeviceObserver<SimulatedDevice>) => void): void {
    for (const observer of this.#setup.observers) call(observer);
  }
}

/** Keeps an operation in a set until it has an outcome. */
function track(operations: Set<Promise<void>>, outcome: Promise<void>): Promise<void> {
  operations.add(outcome);
  return outcome.finally(() => operations.delete(outcome));
}
