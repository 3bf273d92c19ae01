import { ArgumentError, ProxyOptions as CoreProxyOptions, type ProxyType } from "@isohub/core";

/** Environment variables. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The schemes of proxy URLs, each with its type and its usual port. */
const schemes: Readonly<Record<string, readonly [ProxyType, port: number]>> = {
  "http:": ["HTTP", 80],
  "socks:": ["SOCKS5", 1080],
  "socks5:": ["SOCKS5", 1080],
  "socks5h:": ["SOCKS5", 1080],
  "socks4:": ["SOCKS4", 1080],
  "socks4a:": ["SOCKS4", 1080],
};

/**
 * A proxy for everything a client sends: MQTT over TLS, MQTT over WebSockets, and HTTPS.
 *
 * @source Python `ProxyOptions`
 */
export class ProxyOptions extends CoreProxyOptions {
  protected static override readonly brand: symbol = Symbol.for("isohub.ProxyOptions");
  /** The hosts that are reached without the proxy, as in the variable `NO_PROXY`; undefined if there are none. */
  readonly noProxy: string | undefined;

  /**
   * @param proxyAddr - a host name or IP address, without scheme, credentials and port
   * @param noProxy - hosts to reach without the proxy, in the format of {@link ProxyOptions.fromEnvironment}; this machine
   * is one of them if this is a string, even an empty one
   * @throws {ArgumentError} `invalid_argument`; its message contains no user name and no password
   */
  constructor(
    proxyType: ProxyType,
    proxyAddr: string,
    proxyPort: number,
    proxyUsername?: string,
    proxyPassword?: string,
    noProxy?: string,
  ) {
    super(proxyType, proxyAddr, proxyPort, proxyUsername, proxyPassword);
    if (noProxy !== undefined && typeof noProxy !== "string")
      throw new ArgumentError("invalid_argument", `noProxy must be a string, got ${typeof noProxy}`);
    this.noProxy = noProxy;
  }

  /**
   * Reads the proxy from environment variables, as curl does: `HTTPS_PROXY`, or else `ALL_PROXY`, in upper or lower case. Its
   * value is a URL such as `http://user:password@proxy.example:3128` or `socks5://proxy.example`.
   *
   * Hosts in `NO_PROXY` and this machine (`localhost`) are reached without the proxy. Entries of `NO_PROXY` are host names,
   * which include their subdomains, IP addresses, networks such as `10.0.0.0/8`, or patterns such as `*` and `10.1.*`. A port
   * can follow, as in `hub.example:443`.
   *
   * @returns undefined if no variable is set, so that the result can be passed as `proxyOptions` in any case
   * @throws {ArgumentError} `invalid_argument`, which names the variable and doesn't show its value
   * @example
   * IoTHubDeviceClient.createFromConnectionString(connectionString, { proxyOptions: ProxyOptions.fromEnvironment() });
   */
  static fromEnvironment(environment: Environment = process.env): ProxyOptions | undefined {
    for (const name of ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]) {
      const value = environment[name]?.trim();
      if (value === undefined || value === "") continue;
      return fromUrl(name, value, environment["no_proxy"] || environment["NO_PROXY"] || "");
    }
    return undefined;
  }
}

function fromUrl(name: string, value: string, noProxy: string): ProxyOptions {
  const refuse = (problem: string): ArgumentError =>
    new ArgumentError(
      "invalid_argument",
      `${name} must be the URL of an HTTP or SOCKS proxy, got ${problem}`,
      {
        remediation:
          "Set it to http://host:port or socks5://host:port, with user:password@ before the host if needed",
      },
    );
  if (/^["']/.test(value)) throw refuse("a string in quotes");
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
  // A URL takes the backslash of a Windows domain for a slash.
  const address = value.replaceAll("\\", "%5C");
  const url = parse(hasScheme ? address : `http://${address}`);
  // Such as http:/proxy, whose host would be "http".
  if (url === undefined || (!hasScheme && url.pathname !== "/")) throw refuse("a string that isn't a URL");
  if (`${url.pathname}${url.search}${url.hash}`.includes("@"))
    throw refuse("a URL whose user name or password needs percent-encoding");
  const [type, usualPort] = schemes[url.protocol] ?? [];
  if (type === undefined || usualPort === undefined) throw refuse(`a URL with the scheme '${url.protocol}'`);
  try {
    return new ProxyOptions(
      type,
      url.hostname,
      Number(url.port || usualPort),
      decode(url.username),
      decode(url.password),
      noProxy,
    );
  } catch (cause) {
    throw refuse((cause as Error).message.replace(/^.*, got /, ""));
  }
}

function parse(value: string): URL | undefined {
  try {
    return new URL(value);
  } catch {
    return undefined;
  }
}

function decode(part: string): string | undefined {
  if (part === "") return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
