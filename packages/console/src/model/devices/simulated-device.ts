import {
  type ClientState,
  IsoHubError,
  leanEngine,
  Message,
  type MethodRequest,
  MethodResponse,
} from "@isohub/browser";
import { setPageTimer } from "@isohub/browser/timer";
import type { DeviceType, PlannedMessage } from "@isohub/simulator";
import { type Signal, signal } from "@preact/signals";
import type { HubAccess } from "../hub/hub-access.ts";
import { messageOf } from "../message-of.ts";
import { repaint } from "../repaint.ts";
import { Ring } from "../ring.ts";
import type { WireLog } from "../wire/wire-log.ts";
import { type Client, type Credential, createClient } from "./credential.ts";
import { DeliveryLedger } from "./delivery-ledger.ts";
import { DeviceBehavior } from "./device-behavior.ts";
import { MessageSchedule } from "./message-schedule.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** A message that has been sent, with its outcome. */
export interface SentMessage extends OutgoingMessage {
  readonly number: number;
  readonly at: number;
  result: "pending" | "acknowledged" | string;
  latencyMs: number | undefined;
}

/** A line of a device's log. */
export interface LogEntry {
  readonly at: number;
  readonly text: string;
  readonly tone?: "good" | "warn" | "bad" | undefined;
}

/** A state of the connection, as a timeline shows it. */
export interface TimelineEntry {
  readonly at: number;
  readonly status: ClientState["status"];
  readonly reason: string | undefined;
  readonly attempt: number;
}

/** Values of a moment, by their fields. */
export interface Sample {
  readonly at: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The description of a device. A clone has the same, with another id. */
export interface DeviceSpec {
  readonly id: string;
  readonly typeName: string;
  readonly type: DeviceType;
  readonly credential: Credential;
}

const off: ClientState = {
  status: "disconnected",
  since: new Date(0),
  reason: undefined,
  attempt: 0,
  nextRetryAt: undefined,
};

/** A device in this page: a real client, with a type that decides what it sends and how it answers. */
export class SimulatedDevice {
  readonly spec: DeviceSpec;
  readonly state: Signal<ClientState> = signal(off);
  readonly isOn: Signal<boolean> = signal(false);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly ledger: DeliveryLedger;
  readonly history: Ring<SentMessage> = new Ring(60);
  readonly log: Ring<LogEntry> = new Ring(100);
  readonly timeline: Ring<TimelineEntry> = new Ring(200);
  readonly samples: Ring<Sample> = new Ring(150);
  readonly behavior: DeviceBehavior;
  /** Messages to send later. Switching the device off cancels them. */
  readonly schedule: MessageSchedule = new MessageSchedule((message) => void this.send(message));
  /** Increases when anything changes that a table row shows, at most a few times a second. */
  readonly changes: Signal<number> = signal(0);
  /** Distinguishes the messages of this device from those of an earlier one with its id. */
  readonly run: string = Math.random().toString(36).slice(2, 10);
  #client: Client | undefined;
  #reported: Record<string, unknown> = {};
  #generation = 0;
  readonly #hub: HubAccess;
  readonly #wire: WireLog;

  constructor(hub: HubAccess, wire: WireLog, spec: DeviceSpec) {
    this.#hub = hub;
    this.#wire = wire;
    this.spec = spec;
    this.behavior = new DeviceBehavior(spec.type);
    this.ledger = new DeliveryLedger(spec.credential.kind === "local");
  }

  get id(): string {
    return this.spec.id;
  }

  /** The reported properties, as the device last sent them. */
  get reported(): Readonly<Record<string, unknown>> {
    return this.#reported;
  }

  /** Connects, and sends until {@link powerOff}. A failed first attempt is retried, because a hub may come up later. */
  async powerOn(): Promise<void> {
    if (this.isOn.value) return;
    this.isOn.value = true;
    this.error.value = undefined;
    this.#generation += 1;
    const generation = this.#generation;
    try {
      const client = await createClient(this.#hub, this.id, this.spec.credential, {
        engine: this.#wire.tap(leanEngine),
        firstConnectionRetry: true,
        ...(this.spec.type.modelId === undefined ? {} : { modelId: this.spec.type.modelId }),
      });
      if (generation !== this.#generation) return void client.shutdown();
      this.#client = client;
      this.#listen(client);
      await client.connect();
      if (generation !== this.#generation) return;
      await this.#report(client, this.behavior.initialReported());
      this.behavior.start(
        (message) => void this.#sendPlanned(message),
        (name, content) => void this.#upload(name, content),
      );
    } catch (error) {
      if (generation === this.#generation) await this.#fail(error);
    }
  }

  async powerOff(): Promise<void> {
    this.#generation += 1;
    this.isOn.value = false;
    this.behavior.stop();
    this.schedule.cancelAll();
    const client = this.#client;
    this.#client = undefined;
    // Waits for the acknowledgements of messages in flight.
    await client?.shutdown({ drain: true }).catch(() => {});
    this.#onState(off);
  }

  /** Sends a message now. Resolves when the hub has acknowledged it, or when it has failed: see its result in the history. */
  async send(outgoing: OutgoingMessage): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    const number = this.ledger.send();
    const sent: SentMessage = {
      ...outgoing,
      number,
      at: Date.now(),
      result: "pending",
      latencyMs: undefined,
    };
    this.history.add(sent);
    this.#sample(outgoing.body);
    this.#changed();
    try {
      const message = new Message(outgoing.body, { messageId: `${this.run}.${number}` });
      if (outgoing.contentType !== "") {
        message.contentType = outgoing.contentType;
        message.contentEncoding = "utf-8";
      }
      Object.assign(message.customProperties, outgoing.properties);
      if (outgoing.output !== undefined) message.outputName = outgoing.output;
      await client.sendMessage(message);
      sent.result = "acknowledged";
      sent.latencyMs = Date.now() - sent.at;
      this.ledger.acknowledge(number, Date.now());
    } catch (error) {
      sent.result = messageOf(error);
      this.ledger.fail(number);
    }
    this.#changed();
  }

  /** Reports properties, merged into those reported before. */
  async report(patch: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#client !== undefined) await this.#report(this.#client, patch);
  }

  /** Records that the hub holds a message of this device. */
  arrived(messageId: string): void {
    const [run, number] = messageId.split(".");
    if (run === this.run) this.ledger.arrive(Number(number));
  }

  #listen(client: Client): void {
    client.onConnectionStateChange = (state) => this.#onState(state);
    client.onBackgroundException = (error) => this.#note(error.message, "warn");
    client.onMessageReceived = (message) => {
      this.#note(`Received the message “${message.text().slice(0, 200)}”`, "good");
    };
    client.onMethodRequestReceived = (request) => this.#answer(client, request);
    client.onTwinDesiredPropertiesPatchReceived = async (patch) => {
      const { $version: _, ...changes } = patch;
      if (Object.keys(changes).length > 0)
        this.#note(`Desired properties: ${JSON.stringify(changes)}`, "good");
      for (const { patch: report, delayMs } of this.behavior.onDesired(patch)) {
        if (delayMs > 0) await sleep(delayMs);
        await this.#report(client, report);
      }
    };
  }

  async #answer(client: Client, request: MethodRequest): Promise<void> {
    const { name } = request;
    const { status = 200, payload = null, delayMs, reconnects } = this.behavior.answer(name);
    if (delayMs > 0) await sleep(delayMs);
    this.#note(`Answered the method ${name} with ${status}`, status < 400 ? "good" : "warn");
    await client.sendMethodResponse(MethodResponse.createFromMethodRequest(request, status, payload));
    if (!reconnects) return;
    // A device that restarts loses its connection.
    await client.disconnect();
    await client.connect();
  }

  #sendPlanned({ body, properties, output }: PlannedMessage): Promise<void> {
    return this.send({ body: JSON.stringify(body), properties, output, contentType: "application/json" });
  }

  async #upload(name: string, content: Uint8Array): Promise<void> {
    const client = this.#client;
    if (client === undefined || !("uploadToBlob" in client)) return;
    try {
      await client.uploadToBlob(name, content);
      this.#note(`Uploaded ${name}`, "good");
    } catch (error) {
      this.#note(`Uploading ${name} failed: ${messageOf(error)}`, "warn");
    }
  }

  async #report(client: Client, patch: Readonly<Record<string, unknown>>): Promise<void> {
    if (Object.keys(patch).length === 0) return;
    await client.patchTwinReportedProperties(patch as Record<string, string>);
    this.#reported = { ...this.#reported, ...patch };
    this.#changed();
  }

  #onState(state: ClientState): void {
    if (state.status === this.state.peek().status && state.attempt === this.state.peek().attempt) {
      this.state.value = state;
      return;
    }
    this.state.value = state;
    const reason = state.reason === undefined ? undefined : `${state.reason.message}`;
    this.timeline.add({ at: Date.now(), status: state.status, reason, attempt: state.attempt });
    if (reason !== undefined) this.#note(reason, "warn");
    this.#changed();
  }

  async #fail(error: unknown): Promise<void> {
    const remediation = error instanceof IsoHubError && error.remediation ? ` ${error.remediation}.` : "";
    this.error.value = `${messageOf(error)}${remediation}`;
    this.#note(this.error.value, "bad");
    await this.powerOff();
  }

  #note(text: string, tone?: LogEntry["tone"]): void {
    this.log.add({ at: Date.now(), text, tone });
    this.#changed();
  }

  #changed(): void {
    repaint(this.changes);
  }

  #sample(body: string): void {
    try {
      const values: unknown = JSON.parse(body);
      if (typeof values === "object" && values !== null) {
        this.samples.add({ at: Date.now(), values: values as Record<string, unknown> });
      }
    } catch {
      // Only JSON has fields to draw.
    }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setPageTimer(resolve, ms));
