import type { Server as HttpServer } from "node:http";
import type { ServerCertificates } from "../certificates/node/server-certificate.ts";
import { PortListener } from "./port-listener.ts";
import { socketWire, type Wire } from "./wire.ts";

/** What the ports are opened with. */
export interface PortsOptions {
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  readonly plainPort: number;
  readonly officialPorts: boolean;
}

/** What the ports lead to. */
export interface PortsTargets {
  onDevice(wire: Wire): void;
  readonly http: HttpServer;
}

// The ephemeral port that was free on one address may be taken on the other.
const attempts = 10;

/** All ports of an emulator: the TLS port, the plain port, and 8883 and 443 if asked for. */
export class Ports {
  readonly #options: PortsOptions;
  readonly #certificates: ServerCertificates;
  readonly #targets: PortsTargets;
  #secure: PortListener[] = [];
  #plain: PortListener[] = [];
  #acceptsDevices = true;
  // One change of the ports at a time.
  #turn: Promise<void> = Promise.resolve();

  constructor(options: PortsOptions, certificates: ServerCertificates, targets: PortsTargets) {
    this.#options = options;
    this.#certificates = certificates;
    this.#targets = targets;
  }

  get port(): number {
    return this.#secure[0]?.port ?? 0;
  }

  get plainPort(): number {
    return this.#plain[0]?.port ?? 0;
  }

  /** False while the hub is down. */
  get acceptsDevices(): boolean {
    return this.#acceptsDevices;
  }

  /** @throws {Error} when a port cannot be had; what was opened is closed again. */
  async open(): Promise<void> {
    const { port, plainPort, officialPorts } = this.#options;
    try {
      this.#secure = await this.#openPort(port, true);
      this.#plain = await this.#openPort(plainPort, false);
      for (const official of officialPorts ? [8883, 443] : []) {
        this.#secure.push(...(await this.#openPort(official, true)));
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The hub goes down: see `Faults.stopListening`. */
  stop(cutAll: () => void): Promise<void> {
    return this.#next(async () => {
      if (!this.#acceptsDevices) return;
      this.#acceptsDevices = false;
      cutAll();
      await Promise.all(this.#secure.map((listener) => listener.close()));
    });
  }

  /** The hub is back. */
  resume(): Promise<void> {
    return this.#next(async () => {
      if (this.#acceptsDevices) return;
      await Promise.all(this.#secure.map((listener) => listener.listen()));
      this.#acceptsDevices = true;
    });
  }

  close(): Promise<void> {
    return this.#next(async () => {
      await Promise.all([...this.#secure, ...this.#plain].map((listener) => listener.close()));
    });
  }

  #next(run: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #openPort(port: number, secure: boolean): Promise<PortListener[]> {
    for (let attempt = 1; ; attempt++) {
      const first = await this.#listen(this.#options.host, port, secure);
      if (!this.#needsIpv6()) return [first];
      try {
        return [first, await this.#listen("::1", first.port, secure)];
      } catch (error) {
        const code = codeOf(error);
        // A machine without IPv6 resolves localhost to 127.0.0.1 alone.
        if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return [first];
        await first.close();
        if (code !== "EADDRINUSE" || port !== 0 || attempt === attempts) throw error;
      }
    }
  }

  // A client may take localhost for ::1, and must not find someone else there.
  #needsIpv6(): boolean {
    return this.#options.host === "127.0.0.1" && this.#options.hostName === "localhost";
  }

  async #listen(host: string, port: number, secure: boolean): Promise<PortListener> {
    const { onDevice, http } = this.#targets;
    const listener = new PortListener(
      host,
      port,
      {
        http,
        onMqtt: (pair, first) => {
          if (this.#acceptsDevices) onDevice(socketWire(pair, secure ? "tls" : "tcp", first));
          else pair.tcp.destroy();
        },
      },
      secure ? this.#certificates : undefined,
    );
    try {
      await listener.listen();
    } catch (error) {
      throw explain(error, host, port);
    }
    return listener;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function explain(error: unknown, host: string, port: number): unknown {
  const code = codeOf(error);
  const why: Record<string, string> = {
    EACCES: "this user may not bind ports below 1024; run with the right to, or leave officialPorts out",
    EADDRINUSE: "another program listens there",
    EADDRNOTAVAIL: "the address is not one of this machine",
  };
  const known = typeof code === "string" ? why[code] : undefined;
  if (known === undefined) return error;
  return Object.assign(new Error(`Cannot listen on ${host} port ${port}: ${known}`, { cause: error }), {
    code,
  });
}
