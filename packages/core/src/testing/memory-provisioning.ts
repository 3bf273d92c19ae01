import { ProvisioningDeviceClient, type ProvisioningOptions } from "../clients/provisioning-client.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { RegistrationProgress } from "../provisioning/registration-run.ts";
import type { Platform } from "../setup/platform.ts";
import { fromUtf8 } from "../util/text.ts";
import type { MemoryPeer } from "./memory-peer.ts";
import { memoryPlatform } from "./memory-platform.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import { until } from "./until.ts";

/** The host of {@link MemoryProvisioning}. */
export const provisioningHost: string = "global.azure-devices-provisioning.net";
const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/** The class of provisioning clients on a runtime. */
export function provisioningClassOn(
  runtime: MemoryRuntime,
  engine: MqttEngine,
): typeof ProvisioningDeviceClient {
  return class extends ProvisioningDeviceClient {
    protected static override readonly platform: Platform = memoryPlatform(runtime, engine);
  };
}

/** A request that the service has received. */
export interface Asked {
  readonly type: "register" | "poll";
  readonly operationId: string | undefined;
  readonly body: string;
  answer(status: number, body: object, retryAfter?: number): void;
}

/** A provisioning client on a {@link MemoryRuntime}, with a service whose answers the test provides. */
export class MemoryProvisioning {
  readonly runtime: MemoryRuntime = new MemoryRuntime();
  readonly asked: Asked[] = [];
  readonly progress: RegistrationProgress[] = [];
  readonly client: ProvisioningDeviceClient;

  constructor(engine: MqttEngine, options: ProvisioningOptions = {}) {
    const Client = provisioningClassOn(this.runtime, engine);
    this.client = Client.createFromSymmetricKey(provisioningHost, "reg-1", "0ne00000000", key, options);
    this.runtime.hub.intercept = (packet, peer) => {
      if (packet.type !== "publish") return false;
      peer.send({ type: "puback", packetId: packet.packetId });
      this.asked.push(this.#read(packet.topic, fromUtf8(packet.payload), peer));
      return true;
    };
  }

  /** Starts registering. The promise is handled, so that a test may await it late. */
  register(options: { signal?: AbortSignal; timeoutMs?: number } = {}): Promise<unknown> {
    const result = this.client.register({ ...options, onProgress: (step) => this.progress.push(step) });
    result.catch(() => {});
    return result;
  }

  /** The `count`th request to the service. */
  async request(count: number): Promise<Asked> {
    await until(() => this.asked.length >= count, `request ${count}`);
    const request = this.asked[count - 1];
    if (request === undefined) throw new Error("there is none");
    return request;
  }

  #read(topic: string, body: string, peer: MemoryPeer): Asked {
    const query = new URLSearchParams(topic.slice(topic.indexOf("?") + 1));
    return {
      type: topic.includes("iotdps-register") ? "register" : "poll",
      operationId: query.get("operationId") ?? undefined,
      body,
      answer: (status, answer, retryAfter) => {
        const more = retryAfter === undefined ? "" : `&retry-after=${retryAfter}`;
        peer.publish(
          `$dps/registrations/res/${status}/?$rid=${query.get("$rid")}${more}`,
          JSON.stringify(answer),
          { qos: 1 },
        );
      },
    };
  }
}
