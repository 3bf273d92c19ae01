import { ConnectionDroppedError, type ErrorCode, IoTHubDeviceClient } from "../packages/node/src/index.ts";
import { engines, quickOptions } from "./cell.ts";
import type { SoakNetwork } from "./soak-network.ts";

const sendEveryMs = 20;
const patchEveryMs = 500;

/** A device that sends all the time, patches its twin, receives messages, and now and then loses its connection. */
export class SoakDevice {
  /** The number of acknowledged messages. */
  acknowledged = 0;
  /** The codes of failed operations. */
  readonly failed: (ErrorCode | string)[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #client: IoTHubDeviceClient;

  constructor(index: number, connectionString: string, { ca }: SoakNetwork) {
    this.#client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      ...quickOptions,
      websockets: index % 2 === 1,
      serverVerificationCert: ca,
      engine: engines[(index >> 1) % engines.length],
      connectionRetryInterval: 0.2,
    });
  }

  async start(): Promise<void> {
    const client = this.#client;
    client.onBackgroundException = () => {};
    client.onMessageReceived = () => {};
    client.handleMethod("m", () => ({ status: 200 }));
    await client.connect();
    this.#every(sendEveryMs, async () => {
      await client.sendMessage({ at: Date.now() });
      this.acknowledged += 1;
    });
    this.#every(patchEveryMs, async () => {
      // A patch isn't repeated: the hub may have applied it when its connection is lost.
      await client.patchTwinReportedProperties({ level: this.acknowledged }).catch((error: unknown) => {
        if (!(error instanceof ConnectionDroppedError)) throw error;
      });
    });
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#client.flush();
    await this.#client.shutdown();
  }

  #every(ms: number, run: () => Promise<unknown>): void {
    const start = (): void => {
      run().catch(({ code, message }) => this.failed.push(code ?? message));
    };
    this.#timers.push(setInterval(start, ms));
  }
}
