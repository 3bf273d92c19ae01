/** The names a hub answers to, in user names and in SAS tokens. Ports are looked past: clients with a port write it. */
export class HostNames {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(Array.from(names, (name) => name.toLowerCase()));
  }

  /** Whether `host`, with or without a port and in any case, is one of the names. */
  has(host: string): boolean {
    const lower = host.toLowerCase();
    return this.#names.has(lower) || this.#names.has(withoutPort(lower));
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
}
