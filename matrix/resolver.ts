import dns from "node:dns";

/** The behavior of the resolver for a host. */
export type Resolution = "found" | "not found" | "no answer";

type Callback = (error: NodeJS.ErrnoException | null, address?: unknown, family?: number) => void;

/** The hosts of a domain, which lead to this machine unless a fault changes that. */
export class Resolver {
  readonly domain: string;
  readonly #hosts = new Map<string, Resolution>();
  readonly #original: typeof dns.lookup = dns.lookup;

  /** Replaces the resolver of this process for the hosts of a domain, until `restore` is called. */
  constructor(domain: string) {
    this.domain = domain;
    const lookup = (host: string, options: { all?: boolean }, callback: Callback): void => {
      if (!host.endsWith(`.${domain}`)) {
        (this.#original as (...args: unknown[]) => void)(host, options, callback);
        return;
      }
      const resolution = this.#hosts.get(host) ?? "found";
      if (resolution === "no answer") return;
      const address = "127.0.0.1";
      setImmediate(() => {
        if (resolution === "not found") callback(notFound(host));
        else if (options.all) callback(null, [{ address, family: 4 }]);
        else callback(null, address, 4);
      });
    };
    dns.lookup = lookup as unknown as typeof dns.lookup;
  }

  set(host: string, resolution: Resolution): void {
    this.#hosts.set(host, resolution);
  }

  restore(): void {
    dns.lookup = this.#original;
  }
}

function notFound(hostname: string): NodeJS.ErrnoException {
  const details = { code: "ENOTFOUND", errno: -3008, syscall: "getaddrinfo", hostname };
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), details);
}
