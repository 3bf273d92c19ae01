import type { Server as HttpServer } from "node:http";
import type { ServerCertificates } from "../certificates/node/server-certificate.ts";
import { PortListener } from "./port-listener.ts";
import { type SocketPair, socketWire } from "./socket-wire.ts";
import type { TlsVersion } from "./tls-version.ts";
import type { Wire } from "./wire.ts";
import type { WriteBarrier } from "./write-barrier.ts";

/** Options of {@link Ports}. */
export interface PortsOptions {
  readonly host: string;
  readonly hostName: string;
  readonly port: number;
  readonly plainPort: number;
  readonly officialPorts: boolean;
  readonly minTlsVersion: TlsVersion;
  /** The ports to use, if they are free, instead of any free port: those before a restart. */
  readonly preferredPorts?: { readonly port: number; readonly plainPort: number } | undefined;
}

/** The receivers of connections. */
export interface PortsTargets {
  /** Called for each MQTT connection. */
  onDevice(wire: Wire): void;
  /** Called for each AMQP connection. */
  onAmqp(wire: Wire): void;
  readonly http: HttpServer;
  /** Holds back what is sent until the disk has what came before. */
  readonly barrier?: WriteBarrier | undefined;
}

// A free port of one address may be in use on the other.
const attempts = 10;

/** The ports that clients use if a connection string names none: MQTT, HTTPS, AMQP. */
const officialTls = [8883, 443, 5671];
/** The port of AMQP without TLS. */
const officialPlain = 5672;

/** The ports of a hub: the TLS port, the plain port, and optionally the official ones. */
export class Ports {
  readonly #options: PortsOptions;
  #certificates: ServerCertificates;
  readonly #targets: PortsTargets;
  #secure: PortListener[] = [];
  #plain: PortListener[] = [];
  #acceptsDevices = true;
  // Ports change one after the other.
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

  /** False while the hub is down, see `Faults.stopListening`. */
  get acceptsDevices(): boolean {
    return this.#acceptsDevices;
  }

  /**
   * Opens all ports, or none.
   *
   * @throws {Error} with `code` if a port can't be bound
   */
  async open(): Promise<void> {
    const { port, plainPort, officialPorts, preferredPorts } = this.#options;
    try {
      this.#secure = await this.#openPreferred(port, preferredPorts?.port, true);
      this.#plain = await this.#openPreferred(plainPort, preferredPorts?.plainPort, false);
      for (const official of officialPorts ? officialTls : []) {
        this.#secure.push(...(await this.#openPort(official, true)));
      }
      if (officialPorts) this.#plain.push(...(await this.#openPort(officialPlain, false)));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Uses another certificate from the next TLS handshake on. */
  useCertificate(certificates: ServerCertificates): void {
    this.#certificates = certificates;
    for (const listener of this.#secure) listener.useCertificate(certificates);
  }

  /** Takes the hub down. @param cutAll - cuts all connections */
  stop(cutAll: () => void): Promise<void> {
    return this.#next(async () => {
      if (!this.#acceptsDevices) return;
      this.#acceptsDevices = false;
      cutAll();
      await Promise.all(this.#secure.map((listener) => listener.close()));
    });
  }

  /** Brings the hub back. */
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
      this.#targets.http.close();
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
        // Without IPv6, localhost resolves to 127.0.0.1 only.
        if (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") return [first];
        await first.close();
        if (code !== "EADDRINUSE" || port !== 0 || attempt === attempts) throw error;
      }
    }
  }

  async #openPreferred(
    port: number,
    preferred: number | undefined,
    secure: boolean,
  ): Promise<PortListener[]> {
    if (port !== 0 || preferred === undefined) return this.#openPort(port, secure);
    try {
      return await this.#openPort(preferred, secure);
    } catch {
      return this.#openPort(0, secure);
    }
  }

  // A client may resolve localhost to ::1, where it mustn't reach another program.
  #needsIpv6(): boolean {
    return this.#options.host === "127.0.0.1" && this.#options.hostName === "localhost";
  }

  async #listen(host: string, port: number, secure: boolean): Promise<PortListener> {
    const { onDevice, onAmqp, http, barrier } = this.#targets;
    const receiver =
      (receive: (wire: Wire) => void) =>
      (pair: SocketPair, first: Uint8Array): void => {
        if (this.#acceptsDevices) receive(socketWire(pair, secure ? "tls" : "tcp", first));
        else pair.tcp.destroy();
      };
    const listener = new PortListener(
      host,
      port,
      { http, barrier, onMqtt: receiver(onDevice), onAmqp: receiver(onAmqp) },
      secure ? { ...this.#certificates, minTlsVersion: this.#options.minTlsVersion } : undefined,
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
  const reasons: Record<string, string> = {
    EACCES: "binding ports below 1024 requires elevated privileges; run with them, or omit officialPorts",
    EADDRINUSE: "another program is listening there",
    EADDRNOTAVAIL: "this machine doesn't have the address",
  };
  const reason = typeof code === "string" ? reasons[code] : undefined;
  if (reason === undefined) return error;
  return Object.assign(new Error(`Can't listen on ${host} port ${port}: ${reason}`, { cause: error }), {
    code,
  });
}
