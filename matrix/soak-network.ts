import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { parseConnectionString } from "../packages/core/src/index.ts";
import { seededRandom } from "../scripts/lib/sample.mjs";
import { FaultProxy } from "./fault-proxy.ts";
import { openTestBed, type TestBed } from "./test-bed.ts";

/** The hub and the network of a soak, as its devices see them. They run in Vitest's process, and the devices in another. */
export interface SoakNetwork {
  readonly seed: number;
  /** The domain of the connection strings' gateways, whose hosts lead to this machine. */
  readonly domain: string;
  /** The authority that devices must trust, in PEM. */
  readonly ca: string;
  /** One for each device. Every second device uses WebSockets. */
  readonly connectionStrings: readonly string[];
  /** A POST to this URL ends the faults, and returns their number. */
  readonly endUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    soak: SoakNetwork;
  }
}

const deviceCount = 12;
const faultEveryMs = 8000;
const c2dEveryMs = 1000;

/** Starts the hub and a proxy for each device, which fails at intervals from the first connection on. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const seed = Number(process.env["MATRIX_SEED"] ?? Math.floor(Math.random() * 0x8000_0000));
  const bed = await openTestBed({ telemetryLimit: 100 });
  const random = seededRandom(seed);
  const lines = Array.from({ length: deviceCount }, (_, index) => new SoakLine(index, bed, random));
  const connectionStrings = await Promise.all(lines.map((line) => line.open()));
  const server = createServer((_request, response) => {
    for (const line of lines) line.heal();
    response.setHeader("connection", "close");
    response.end(String(lines.reduce((sum, { faults }) => sum + faults, 0)));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { resolver, certificates } = bed;
  project.provide("soak", {
    seed,
    domain: resolver.domain,
    ca: certificates.ca,
    connectionStrings,
    endUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  });
  return async () => {
    server.close();
    for (const line of lines) line.close();
    await bed.close();
  };
}

/** The line between a device and the hub, which fails now and then. */
class SoakLine {
  /** The number of faults so far. */
  faults = 0;
  readonly #deviceId: string;
  readonly #bed: TestBed;
  readonly #random: () => number;
  readonly #proxy: FaultProxy;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(index: number, bed: TestBed, random: () => number) {
    this.#deviceId = `soak-${index}`;
    this.#bed = bed;
    this.#random = random;
    const { certificates, hub } = bed;
    const websockets = index % 2 === 1;
    this.#proxy = new FaultProxy({ certificates, hubPort: hub.endpoints.plainPort, websockets });
  }

  /** Creates the device, and returns its connection string. */
  async open(): Promise<string> {
    const { hub, resolver } = this.#bed;
    await this.#proxy.listen();
    const { connectionString } = await hub.createDevice(this.#deviceId);
    this.#proxy.onAccepted = () => {
      if (this.#timers.length === 0) this.#start();
    };
    const { HostName, SharedAccessKey } = parseConnectionString(connectionString);
    const gateway = `${this.#deviceId}.${resolver.domain}:${this.#proxy.port}`;
    return `HostName=${HostName};DeviceId=${this.#deviceId};SharedAccessKey=${SharedAccessKey};GatewayHostName=${gateway}`;
  }

  /** Ends the faults. */
  heal(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#proxy.up = {};
    this.#proxy.down = {};
    this.#proxy.reactions.length = 0;
  }

  close(): void {
    this.heal();
    this.#proxy.close();
  }

  #start(): void {
    const { hub } = this.#bed;
    const sendC2d = (): void => void hub.sendC2d(this.#deviceId, "x");
    this.#timers.push(
      setInterval(sendC2d, c2dEveryMs),
      setInterval(() => this.#fail(), faultEveryMs),
    );
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
