import type { ProxyOptions } from "@isohub/core";
import { isLoopback } from "@isohub/core/runtime";
import type { ProxyOptions as NodeProxyOptions } from "./proxy-options.ts";

/** Returns the proxy for a host, unless the host is reached without one. */
export function proxyFor(
  proxy: ProxyOptions | undefined,
  { host, port }: { readonly host: string; readonly port: number },
): ProxyOptions | undefined {
  const { noProxy } = (proxy ?? {}) as Partial<NodeProxyOptions>;
  return noProxy !== undefined && new NoProxy(noProxy).includes(host, port) ? undefined : proxy;
}

/** An entry of `NO_PROXY`. */
interface Entry {
  /** In lower case, without a leading dot or `*.`. */
  readonly host: string;
  readonly port: number | undefined;
}

const entryPattern = /^(?:\[([^\]]+)\]|([^:]*)|(.*:.*:.*?))(?::(\d+))?$/;

/** The hosts that are reached without a proxy: those of the variable `NO_PROXY`, and this machine. */
export class NoProxy {
  readonly #entries: readonly Entry[];

  constructor(variable: string) {
    this.#entries = variable
      .toLowerCase()
      // Quotes are those of an env file.
      .split(/[\s,;"']+/)
      .filter((entry) => entry !== "")
      .map((entry) => {
        const [, bracketed, plain, ipv6, port] = entryPattern.exec(entry) ?? [];
        const host = (bracketed ?? plain ?? ipv6 ?? entry).replace(/^\*?\.|\.$/g, "");
        return { host, port: port === undefined ? undefined : Number(port) };
      });
  }

  includes(host: string, port: number): boolean {
    const name = host.toLowerCase().replace(/\.$/, "");
    if (isLoopback(name.includes(":") ? `[${name}]` : name)) return true;
    return this.#entries.some((entry) => (entry.port ?? port) === port && matches(entry.host, name));
  }
}

/** Returns the pattern of an entry such as `10.1.*`: `*` is any part of a name or address. */
function wildcard(entry: string): RegExp {
  const parts = entry.split(/\*+/).map((part) => part.replace(/[^\w-]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

function matches(entry: string, host: string): boolean {
  if (entry === host) return true;
  if (entry.includes("*")) return wildcard(entry).test(host);
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const version = isIP(host);
  if (version === 0) return host.endsWith(`.${entry}`);
  const [network = "", bits = version === 4 ? "32" : "128"] = entry.split("/");
  if (isIP(network) !== version || !/^\d{1,3}$/.test(bits) || Number(bits) > (version === 4 ? 32 : 128))
    return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const addresses = new BlockList();
  addresses.addSubnet(network, Number(bits), family);
  return addresses.check(host, family);
}
