import {
  type ClientOptions,
  type ClientState,
  IoTHubDeviceClient,
  leanEngine,
  type MqttEngine,
} from "../packages/node/src/index.ts";
import { mqttJsEngine } from "../packages/node/src/mqttjs.ts";
import { createCellDevice } from "./cell-device.ts";
import { illegalChanges, wrongTelemetry } from "./checks.ts";
import type { Fault, Transport } from "./fault.ts";
import { FaultProxy } from "./fault-proxy.ts";
import type { Moment, MomentStage } from "./moment.ts";
import type { TestBed } from "./test-bed.ts";

/** The engines of the matrix. */
export const engines: readonly MqttEngine[] = [leanEngine, mqttJsEngine];

/** A fault at a moment, over a transport, with an engine. */
export interface Cell {
  readonly fault: Fault;
  readonly moment: Moment;
  readonly transport: Transport;
  readonly engine: MqttEngine;
}

/** The result of a cell. */
export interface CellResult {
  readonly fault: string;
  /** The group of the fault. */
  readonly group: string;
  readonly moment: string;
  readonly transport: Transport;
  readonly engine: string;
  /** The time from the fault to the next acknowledged message, in milliseconds; absent if the client must not reconnect. */
  readonly healMs?: number;
  /** The codes of the errors that the client reported, in order. */
  readonly reasons: readonly string[];
  /** The operations that were rejected, with their codes. */
  readonly rejected: readonly string[];
  /** The rules that the client broke. */
  readonly violations: readonly string[];
}

/** More than any condition needs on a busy machine: a failure names the condition instead. */
const patienceMs = 100_000;
const pollMs = 20;

/** The options with which faults are noticed within seconds. */
export const quickOptions: ClientOptions = {
  keepAlive: 2,
  pingTimeoutMs: 3000,
  connectStepTimeoutMs: 3000,
  acknowledgementTimeoutMs: 4000,
  overtakenTimeoutMs: 3000,
};

let created = 0;

/** Runs a cell: brings a fresh client to the moment, makes the fault happen, and checks everything that must hold. */
export async function runCell(cell: Cell, bed: TestBed, options: ClientOptions): Promise<CellResult> {
  const run = new CellRun(cell, bed);
  try {
    return await run.run(options);
  } finally {
    await run.free();
  }
}

async function eventually(run: () => Promise<void>): Promise<void> {
  for (const end = performance.now() + patienceMs; ; ) {
    try {
      return await run();
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}

class CellRun {
  readonly #cell: Cell;
  readonly #bed: TestBed;
  readonly #deviceId = `cell-${++created}`;
  readonly #host: string;
  readonly #proxy: FaultProxy;
  readonly #violations: string[] = [];
  readonly #reasons: string[] = [];
  readonly #rejected: string[] = [];
  readonly #states: ClientState["status"][] = [];
  readonly #pending = new Map<string, number>();
  readonly #sent = new Set<string>();
  readonly #acknowledged: string[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #intruders: IoTHubDeviceClient[] = [];
  #injectedAt: number | undefined;
  #injection: Promise<void> | undefined;

  constructor(cell: Cell, bed: TestBed) {
    this.#cell = cell;
    this.#bed = bed;
    const { certificates, hub, resolver } = bed;
    this.#host = `${this.#deviceId}.${resolver.domain}`;
    const websockets = cell.transport === "WebSockets";
    this.#proxy = new FaultProxy({ certificates, hubPort: hub.endpoints.plainPort, websockets });
  }

  async run(options: ClientOptions): Promise<CellResult> {
    const { fault, moment, transport, engine } = this.#cell;
    const stage = await this.#stage(options);
    const { client } = stage;
    let healMs: number | undefined;
    try {
      await moment.reach(stage);
      await this.#until(() => this.#injectedAt !== undefined, "the moment of the fault");
      await this.#injection;
      const mustHeal = moment.ends !== true && fault.endsWith === undefined;
      if (mustHeal) {
        await this.#send(client, "probe");
        healMs = performance.now() - (this.#injectedAt ?? 0);
        await moment.check?.(stage);
      }
      await this.#until(() => this.#pending.size === 0, "every operation to settle");
      if (mustHeal) await this.#checkHealed(client);
      else await this.#checkEnded(client);
    } catch (error) {
      this.#violations.push(String(error));
    }
    await this.#checkLeftOvers(client);
    const names = {
      fault: fault.name,
      group: fault.group,
      moment: moment.name,
      transport,
      engine: engine.name,
    };
    return {
      ...names,
      ...(healMs === undefined ? {} : { healMs: Math.round(healMs) }),
      reasons: this.#reasons,
      rejected: this.#rejected,
      violations: this.#violations,
    };
  }

  async free(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#intruders.map((intruder) => intruder.shutdown()));
    this.#proxy.close();
    await this.#bed.hub.faults.clear(this.#deviceId);
  }

  async #stage(options: ClientOptions): Promise<MomentStage> {
    const { fault, moment, engine, transport } = this.#cell;
    const { hub, resolver } = this.#bed;
    await this.#proxy.listen();
    const gateway = `${this.#host}:${this.#proxy.port}`;
    const { client, newToken } = await createCellDevice(
      this.#bed,
      this.#deviceId,
      gateway,
      moment.credential ?? "key",
      { websockets: transport === "WebSockets", engine, ...options },
    );
    client.on("connectionStateChange", ({ status }) => this.#states.push(status));
    client.on("backgroundException", ({ code }) => void this.#reasons.push(code));
    const inject = (): Promise<void> => {
      this.#injectedAt ??= performance.now();
      this.#injection ??= (async () => fault.inject(stage))();
      return this.#injection;
    };
    const stage: MomentStage = {
      proxy: this.#proxy,
      hub,
      deviceId: this.#deviceId,
      client,
      inject,
      affectsAttempts: fault.affects === "attempts",
      resolve: (resolution) => resolver.set(this.#host, resolution),
      later: (ms, run) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          void run();
        }, ms);
        this.#timers.add(timer);
      },
      intrude: () => this.#intrude(),
      injectAtNextBytes: () => this.#proxy.whenClientSends(() => void inject()),
      track: (name, operation) => this.#track(name, operation),
      send: () => this.#track("sendMessage()", this.#send(client, "message")),
      newToken,
      until: (condition, name) => this.#until(condition, name),
      eventually,
    };
    return stage;
  }

  /** Another client, which goes straight to the hub. */
  async #intrude(): Promise<void> {
    const { hub } = this.#bed;
    const intruder = IoTHubDeviceClient.createFromConnectionString(hub.connectionString(this.#deviceId), {
      serverVerificationCert: hub.ca,
      connectionRetry: false,
    });
    intruder.on("backgroundException", () => {});
    this.#intruders.push(intruder);
    // The device may be back before the other client is.
    await intruder.connect().catch(() => {});
  }

  async #send(client: IoTHubDeviceClient, kind: string): Promise<void> {
    const body = `${kind} ${this.#sent.size + 1}`;
    this.#sent.add(body);
    await client.sendMessage(body);
    this.#acknowledged.push(body);
  }

  #track(name: string, operation: Promise<unknown>): void {
    this.#pending.set(name, (this.#pending.get(name) ?? 0) + 1);
    const settle = (): void => {
      const left = (this.#pending.get(name) ?? 0) - 1;
      if (left === 0) this.#pending.delete(name);
      else this.#pending.set(name, left);
    };
    operation.then(settle, (error: { readonly code?: string }) => {
      this.#rejected.push(`${name}: ${error.code ?? String(error)}`);
      settle();
    });
  }

  async #until(condition: () => boolean, name: string): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!condition()) {
      if (performance.now() > end) {
        const pending = [...this.#pending.keys()].join(", ");
        throw new Error(`waited ${patienceMs} ms for ${name}; pending: ${pending || "nothing"}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async #checkHealed(client: IoTHubDeviceClient): Promise<void> {
    await this.#until(() => client.connected, "the connection");
    await this.#until(() => this.#sessions === 1, "one session at the hub");
    for (const one of this.#rejected)
      if (one.startsWith("sendMessage") || one.startsWith("connect"))
        this.#violations.push(`rejected: ${one}`);
  }

  async #checkEnded(client: IoTHubDeviceClient): Promise<void> {
    const { fault, moment } = this.#cell;
    await this.#until(() => client.state.status === "disconnected", "the end of the connection");
    const code = client.state.reason?.code;
    const expected = moment.ends ? undefined : fault.endsWith;
    if (code !== expected && moment.ends !== true)
      this.#violations.push(`the client ended with ${code}, not with ${expected}`);
  }

  get #sessions(): number {
    return this.#bed.hub.sessions().filter(({ deviceId }) => deviceId === this.#deviceId).length;
  }

  /** Shuts the client down, and checks what is left of it. */
  async #checkLeftOvers(client: IoTHubDeviceClient): Promise<void> {
    try {
      await client.shutdown();
      await this.#until(() => this.#pending.size === 0, "every operation to settle after shutdown()");
      await this.#until(() => this.#proxy.open.length === 0, "the client's sockets to close");
    } catch (error) {
      this.#violations.push(String(error));
    }
    const messages = this.#bed.hub.telemetry(this.#deviceId);
    this.#violations.push(...illegalChanges(this.#states));
    this.#violations.push(...wrongTelemetry(this.#acknowledged, this.#sent, messages));
  }
}
