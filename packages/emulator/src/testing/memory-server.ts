import { FaultRules } from "../faults/fault-rules.ts";
import { HostNames } from "../hub/host-names.ts";
import { MqttServer } from "../mqtt/mqtt-server.ts";
import { Registrations } from "../mqtt/registrations.ts";
import type { TestHub } from "./hub.ts";
import { MemoryWire } from "./memory-wire.ts";
import { TestProvisioning } from "./provisioning.ts";
import { packets } from "./raw-client.ts";

/** An MQTT server with the device `d1`, without sockets, on a clock that stands still. */
export class MemoryServer {
  readonly hub: TestHub;
  readonly faults: FaultRules;
  readonly #server: MqttServer;
  readonly #wires: MemoryWire[] = [];

  /** @param written - resolves when the state of the hub is stored */
  constructor(written?: () => Promise<void> | undefined) {
    const provisioning = new TestProvisioning();
    const { hub } = provisioning;
    this.hub = hub;
    const ignore = async (): Promise<void> => {};
    this.faults = new FaultRules({
      blackHole: (key) => this.#server.withConnection(key, (connection) => connection.blackHole()),
      cut: (key, how) => this.#server.withConnection(key, (connection) => connection.cut(how)),
      send: (key, topic, payload) =>
        this.#server.withConnection(key, (connection) => connection.send(topic, payload)),
      skewClock: () => {},
      stopListening: ignore,
      listenAgain: ignore,
    });
    this.#server = new MqttServer({
      hub,
      registrations: new Registrations(hub, provisioning, new HostNames(["localhost"])),
      clock: hub.clock,
      faults: this.faults,
      schedule: queueMicrotask,
      ...(written === undefined ? {} : { written }),
    });
  }

  /** Opens a connection. */
  open(): MemoryWire {
    const wire = new MemoryWire();
    this.#wires.push(wire);
    this.#server.accept(wire);
    return wire;
  }

  /** Returns the bytes of a CONNECT of `d1`. */
  async connectBytes(): Promise<Uint8Array> {
    return packets.connect("d1", "localhost/d1/?api-version=2021-04-12", await this.hub.token("d1"));
  }

  /** Opens a connection of `d1` and sends CONNECT; its CONNACK isn't among the blocks. */
  async connect(): Promise<MemoryWire> {
    const wire = this.open();
    wire.receive(await this.connectBytes());
    while (wire.blocks.length === 0 && wire.closed === undefined) await settle();
    wire.blocks.length = 0;
    return wire;
  }

  close(): void {
    this.#server.close();
  }
}

/** Lets everything run that waits for no timer. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
