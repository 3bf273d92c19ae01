/** The host names that a hub accepts in user names and SAS tokens. A port is ignored: some clients include it. */
export class HostNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(Array.from(names, (name) => name.toLowerCase()));
  }

  /** Whether `host`, with or without a port and in any case, is one of the names. */
  has(host: string): boolean {
    const lower = host.toLowerCase();
    return this.#names.has(lower) || this.#names.has(nameIn(lower));
  }
}

/** Whether a name or address leads to this machine only. */
export function isLoopback(name: string): boolean {
  const lower = name.toLowerCase();
  return (
    lower === "localhost" ||
    lower.endsWith(".localhost") ||
    lower === "::1" ||
    /^127(?:\.\d{1,3}){3}$/.test(lower)
  );
}

/** Whether a host has a port: `name:1`, `[::1]:1`. */
export function hasPort(host: string): boolean {
  return /^(?:[^:]+|\[.*\]):\d{1,5}$/.test(host);
}

/** Returns the name or address of a host, without its port and brackets. */
export function nameIn(host: string): string {
  return (hasPort(host) ? host.replace(/:\d{1,5}$/, "") : host).replace(/^\[(.*)\]$/, "$1");
}
