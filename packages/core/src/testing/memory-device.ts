import { IoTHubDeviceClient } from "../clients/device-client.ts";
import type { TwinShape, UntypedTwin } from "../clients/twin-types.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import type { Platform } from "../setup/platform.ts";
import type { MemoryHub } from "./memory-hub.ts";
import type { MemoryPeer } from "./memory-peer.ts";
import { memoryPlatform } from "./memory-platform.ts";
import { MemoryRuntime } from "./memory-runtime.ts";
import { until } from "./until.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** The device client bound to a runtime, as in a runtime package. */
export function deviceClassOn(runtime: MemoryRuntime, engine: MqttEngine): typeof IoTHubDeviceClient {
  return class Device<T extends TwinShape = UntypedTwin> extends IoTHubDeviceClient<T> {
    protected static override readonly platform: Platform = memoryPlatform(runtime, engine);
  };
}

/** A device client on a {@link MemoryRuntime}, with everything it reported in the background. */
export class MemoryDevice {
  readonly runtime: MemoryRuntime;
  readonly client: IoTHubDeviceClient;
  /** The states the client went through. */
  readonly states: string[] = [];
  /** Background exceptions, in order. */
  readonly background: Error[] = [];

  /** @param runtime - the runtime of another device, to connect to the same hub */
  constructor(engine: MqttEngine, options: ClientOptions = {}, runtime: MemoryRuntime = new MemoryRuntime()) {
    this.runtime = runtime;
    this.client = deviceClassOn(runtime, engine).createFromConnectionString(
      "HostName=hub.example;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
      // A fixed wait between attempts, so that tests know when to check.
      options.retryPolicy === undefined ? { connectionRetryInterval: 1, ...options } : options,
    );
    this.client.on("connectionStateChange", ({ status }) => this.states.push(status));
    this.client.on("backgroundException", (error) => this.background.push(error));
  }

  get hub(): MemoryHub {
    return this.runtime.hub;
  }

  get clock(): VirtualClock {
    return this.runtime.clock;
  }

  /** The hub's end of the latest connection. */
  get peer(): MemoryPeer {
    return this.runtime.peer;
  }

  /** Connects, and returns itself. */
  async connected(): Promise<this> {
    await this.client.connect();
    return this;
  }

  /** Waits until the client is connected over its `count`th connection. */
  async reconnected(count: number): Promise<MemoryPeer> {
    await until(() => this.runtime.peers.length >= count && this.client.connected, `connection ${count}`);
    return this.peer;
  }

  /** Advances the time in steps, settling everything after each. */
  pass(ms: number, stepMs?: number): Promise<void> {
    return this.runtime.pass(ms, stepMs);
  }

  /** Settles everything that doesn't need time to pass. */
  rest(): Promise<void> {
    return this.runtime.rest();
  }

  /**
   * Shuts the client down.
   *
   * @throws {Error} if it leaves a timer or a connection behind, or has broken the protocol
   */
  async end(): Promise<void> {
    await this.client.shutdown();
    await this.rest();
    const left = [
      `${this.clock.timers} timers`,
      `${this.runtime.open.length} open connections`,
      `${this.runtime.dialling} dials`,
    ].filter((line) => !line.startsWith("0 "));
    if (left.length > 0) throw new Error(`shutdown() left ${left.join(" and ")}`);
    for (const { broken } of this.runtime.peers) if (broken !== undefined) throw broken;
  }
}
