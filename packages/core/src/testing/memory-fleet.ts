import type { IoTHubDeviceClient } from "../clients/device-client.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import type { DeviceProvisioning } from "../setup/provisioned-setup.ts";
import { encodeBase64 } from "../util/base64.ts";
import type { LogLevel } from "../util/logger.ts";
import { deviceClassOn } from "./memory-device.ts";
import { MemoryHub } from "./memory-hub.ts";
import type { MemoryPeer } from "./memory-peer.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import type { ClientPacket } from "./mqtt-packets.ts";
import { until } from "./until.ts";

/** The key of the devices of a {@link MemoryFleet}. */
export const fleetKey: string = encodeBase64(new Uint8Array(32).fill(5));

/** The provisioning service's answer to a registration: an assignment, another answer, or CONNACK 5. */
export type Verdict =
  | { readonly assignedHub: string; readonly deviceId: string }
  | { readonly status: number; readonly body: object }
  | "refuse";

/** Two hubs, `a.example` and `b.example`, and a provisioning service at `dps.example` that assigns to them. */
export class MemoryFleet {
  readonly runtime: MemoryRuntime = new MemoryRuntime();
  readonly a: MemoryHub = new MemoryHub();
  readonly b: MemoryHub = new MemoryHub();
  readonly dps: MemoryHub = new MemoryHub();
  /** The next answer of the provisioning service. */
  verdict: Verdict = { assignedHub: "a.example", deviceId: "d1" };
  /** Hubs that refuse each CONNECT. */
  readonly refusing: Set<MemoryHub> = new Set();
  /** The return code of those refusals. */
  refusalCode = 5;
  /** Bodies of the registrations, in order. */
  readonly registrations: unknown[] = [];
  /** Background exceptions, in order. */
  readonly background: Error[] = [];
  readonly logs: { readonly level: LogLevel; readonly message: string }[] = [];
  readonly clients: IoTHubDeviceClient[] = [];
  readonly #engine: MqttEngine;

  constructor(engine: MqttEngine) {
    this.#engine = engine;
    for (const [name, hub] of Object.entries({ a: this.a, b: this.b, dps: this.dps })) {
      this.runtime.hubs.set(`${name}.example`, hub);
    }
    for (const hub of [this.a, this.b]) hub.intercept = (packet, peer) => this.#atHub(hub, packet, peer);
    this.dps.intercept = (packet, peer) => this.#atService(packet, peer);
  }

  /** Creates a client with the registration id `reg-1`. */
  client(provisioning: Partial<DeviceProvisioning> = {}, options: ClientOptions = {}): IoTHubDeviceClient {
    const client = deviceClassOn(this.runtime, this.#engine).createFromProvisioning(
      {
        provisioningHost: "dps.example",
        idScope: "0ne00000000",
        registrationId: "reg-1",
        symmetricKey: fleetKey,
        ...provisioning,
      },
      {
        connectionRetryInterval: 1,
        logger: { log: (level, message) => this.logs.push({ level, message }) },
        ...options,
      },
    );
    client.on("backgroundException", (error) => this.background.push(error));
    this.clients.push(client);
    return client;
  }

  /** Hosts of the connection attempts, in order. */
  get dialled(): string[] {
    return this.runtime.dialled.map(({ host }) => host.replace(".example", ""));
  }

  /** Waits for the `count`th connection overall, and until the latest client is connected. */
  async connected(count: number): Promise<MemoryPeer> {
    const isIt = (): boolean => this.runtime.peers.length >= count && this.clients.at(-1)?.connected === true;
    await until(isIt, `connection ${count}`);
    return this.runtime.peer;
  }

  /** @throws {Error} if timers, connections or attempts are left */
  async end(): Promise<void> {
    for (const client of this.clients) await client.shutdown();
    await this.runtime.rest();
    const { clock, open, dialling, peers } = this.runtime;
    const left = [clock.timers, open.length, dialling];
    if (left.some((count) => count > 0)) {
      throw new Error(`shutdown() left ${left.join(", ")} timers, connections and connection attempts`);
    }
    for (const { broken } of peers) if (broken !== undefined) throw broken;
  }

  #atHub(hub: MemoryHub, packet: ClientPacket, peer: MemoryPeer): boolean {
    if (packet.type !== "connect" || !this.refusing.has(hub)) return false;
    peer.send({ type: "connack", sessionPresent: false, returnCode: this.refusalCode });
    return true;
  }

  #atService(packet: ClientPacket, peer: MemoryPeer): boolean {
    const { verdict } = this;
    if (packet.type === "connect" && verdict === "refuse") {
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    }
    if (packet.type !== "publish" || verdict === "refuse") return false;
    peer.send({ type: "puback", packetId: packet.packetId });
    this.registrations.push(JSON.parse(new TextDecoder().decode(packet.payload)));
    const requestId = /\$rid=([^&]*)/.exec(packet.topic)?.[1] ?? "";
    const { status, body } =
      "status" in verdict
        ? verdict
        : {
            status: 200,
            body: {
              operationId: "5.op",
              status: "assigned",
              registrationState: { ...verdict, status: "assigned" },
            },
          };
    peer.publish(`$dps/registrations/res/${status}/?$rid=${requestId}`, JSON.stringify(body), { qos: 1 });
    return true;
  }
}
