import { isInstance } from "../brand.ts";
import { ArgumentError } from "../errors.ts";

/** The kinds of proxy. */
export type ProxyType = "HTTP" | "SOCKS4" | "SOCKS5";

/**
 * A proxy for everything a client sends: MQTT over TLS, MQTT over WebSockets and HTTPS.
 *
 * @source Python `ProxyOptions`
 */
export class ProxyOptions {
  protected static readonly brand: symbol = Symbol.for("isohub.ProxyOptions");
  readonly proxyType: ProxyType;
  readonly proxyAddress: string;
  readonly proxyPort: number;
  readonly proxyUsername: string | undefined;
  readonly proxyPassword: string | undefined;

  /** @throws {ArgumentError} `invalid_argument` */
  constructor(
    proxyType: ProxyType,
    proxyAddr: string,
    proxyPort: number,
    proxyUsername?: string,
    proxyPassword?: string,
  ) {
    if (proxyType !== "HTTP" && proxyType !== "SOCKS4" && proxyType !== "SOCKS5") {
      throw wrong("proxyType", `'${String(proxyType)}'`, "'HTTP', 'SOCKS4' or 'SOCKS5'");
    }
    if (typeof proxyAddr !== "string" || proxyAddr === "") {
      throw wrong("proxyAddr", `'${String(proxyAddr)}'`, "a host name or address");
    }
    if (!Number.isInteger(proxyPort) || proxyPort < 1 || proxyPort > 65535) {
      throw wrong("proxyPort", String(proxyPort), "a whole number from 1 to 65535");
    }
    for (const [name, value] of [
      ["proxyUsername", proxyUsername],
      ["proxyPassword", proxyPassword],
    ] as const) {
      if (value !== undefined && typeof value !== "string") throw wrong(name, typeof value, "a text");
    }
    this.proxyType = proxyType;
    this.proxyAddress = proxyAddr;
    this.proxyPort = proxyPort;
    this.proxyUsername = proxyUsername;
    this.proxyPassword = proxyPassword;
    // An enumerable password ends up in logs and error dumps.
    Object.defineProperty(this, "proxyPassword", { enumerable: false });
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

function wrong(name: string, is: string, must: string): ArgumentError {
  return new ArgumentError("invalid_argument", `${name} must be ${must}, got ${is}`);
}
