import {
  ConnectionDroppedError,
  type ErrorCode,
  IoTHubDeviceClient,
  parseConnectionString,
} from "../packages/node/src/index.ts";
import { engines, quickOptions } from "./cell.ts";
import { FaultProxy } from "./fault-proxy.ts";
import type { TestBed } from "./test-bed.ts";

const sendEveryMs = 20;
const faultEveryMs = 8000;

/** A device that sends all the time, answers method calls, reads its twin, and now and then loses its connection. */
export class SoakDevice {
  /** The number of acknowledged messages. */
  acknowledged = 0;
  /** The number of faults so far. */
  faults = 0;
  /** The codes of failed operations. */
  readonly failed: (ErrorCode | string)[] = [];
  readonly #bed: TestBed;
  readonly #random: () => number;
  readonly #deviceId: string;
  readonly #index: number;
  readonly #proxy: FaultProxy;
  readonly #timers: NodeJS.Timeout[] = [];
  #client: IoTHubDeviceClient | undefined;

  constructor(index: number, bed: TestBed, random: () => number) {
    this.#index = index;
    this.#bed = bed;
    this.#random = random;
    this.#deviceId = `soak-${index}`;
    const { certificates, hub } = bed;
    const websockets = index % 2 === 1;
    this.#proxy = new FaultProxy({ certificates, hubPort: hub.endpoints.plainPort, websockets });
  }

  async start(): Promise<void> {
    const { hub, resolver, certificates } = this.#bed;
    await this.#proxy.listen();
    const { connectionString } = await hub.createDevice(this.#deviceId);
    const { HostName, SharedAccessKey } = parseConnectionString(connectionString);
    const gateway = `${this.#deviceId}.${resolver.domain}:${this.#proxy.port}`;
    const client = IoTHubDeviceClient.createFromConnectionString(
      `HostName=${HostName};DeviceId=${this.#deviceId};SharedAccessKey=${SharedAccessKey};GatewayHostName=${gateway}`,
      {
        ...quickOptions,
        websockets: this.#index % 2 === 1,
        serverVerificationCert: certificates.ca,
        engine: engines[(this.#index >> 1) % engines.length],
        connectionRetryInterval: 0.2,
      },
    );
    this.#client = client;
    client.onBackgroundException = () => {};
    client.onMessageReceived = () => {};
    client.handleMethod("m", () => ({ status: 200 }));
    await client.connect();
    this.#every(sendEveryMs, async () => {
      await client.sendMessage({ at: Date.now() });
      this.acknowledged += 1;
    });
    this.#every(sendEveryMs * 25, async () => {
      // A patch isn't repeated: the hub may have applied it when its connection is lost.
      await client.patchTwinReportedProperties({ level: this.acknowledged }).catch((error: unknown) => {
        if (!(error instanceof ConnectionDroppedError)) throw error;
      });
    });
    this.#every(sendEveryMs * 50, async () => void (await hub.sendC2d(this.#deviceId, "x")));
    this.#every(faultEveryMs, async () => this.#fail());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#proxy.up = {};
    this.#proxy.down = {};
    await this.#client?.flush();
    await this.#client?.shutdown();
    this.#proxy.close();
  }

  #every(ms: number, run: () => Promise<unknown>): void {
    const start = (): void => {
      run().catch(({ code, message }) => this.failed.push(code ?? message));
    };
    this.#timers.push(setInterval(start, ms));
  }

  #fail(): void {
    const proxy = this.#proxy;
    this.faults += 1;
    const cut = (): void => proxy.cut(this.#random() < 0.5 ? "rst" : "fin");
    const kinds = [
      cut,
      () => proxy.lose("up"),
      () => proxy.lose("down"),
      () => {
        proxy.reactions.push({ to: "connect", end: "rst" });
        cut();
      },
      () => {
        proxy.reactions.push({ to: "handshake", end: "fin" });
        cut();
      },
    ];
    kinds[Math.floor(this.#random() * kinds.length)]?.();
  }
}
