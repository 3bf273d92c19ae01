import { isInstance } from "../brand.ts";
import { ArgumentError, mustBe } from "../errors.ts";
import { hide } from "../util/hide.ts";
import { utf8Length } from "../util/text.ts";

/** The kinds of proxy. */
export type ProxyType = "HTTP" | "SOCKS4" | "SOCKS5";

const types: readonly unknown[] = ["HTTP", "SOCKS4", "SOCKS5"] satisfies ProxyType[];
const hostName = /^[\w.-]+$|^[\dA-Fa-f:.]*:[\dA-Fa-f:.]*$/;

/**
 * A proxy for everything a client sends: MQTT over TLS, MQTT over WebSockets, and HTTPS.
 *
 * @source Python `ProxyOptions`
 */
export class ProxyOptions {
  protected static readonly brand: symbol = Symbol.for("isohub.ProxyOptions");
  readonly proxyType: ProxyType;
  readonly proxyAddress: string;
  readonly proxyPort: number;
  readonly proxyUsername: string | undefined;
  declare readonly proxyPassword: string | undefined;

  /**
   * @param proxyAddr - a host name or IP address, without scheme, credentials and port
   * @throws {ArgumentError} `invalid_argument`; its message contains no user name and no password
   */
  constructor(
    proxyType: ProxyType,
    proxyAddr: string,
    proxyPort: number,
    proxyUsername?: string,
    proxyPassword?: string,
  ) {
    if (!types.includes(proxyType)) throw mustBe("proxyType", proxyType, "'HTTP', 'SOCKS4' or 'SOCKS5'");
    const address = typeof proxyAddr === "string" ? proxyAddr.replace(/^\[(.*)\]$/, "$1") : "";
    if (!hostName.test(address)) {
      // Not shown: a URL may contain a password.
      const got =
        typeof proxyAddr === "string"
          ? proxyAddr === ""
            ? "an empty string"
            : "another string"
          : typeof proxyAddr;
      throw new ArgumentError("invalid_argument", `proxyAddr must be a host name or IP address, got ${got}`, {
        remediation: "Pass the parts of a URL separately: type, host, port, user name and password",
      });
    }
    if (!Number.isInteger(proxyPort) || proxyPort < 1 || proxyPort > 65535)
      throw mustBe("proxyPort", proxyPort, "an integer from 1 to 65535");
    checkCredential("proxyUsername", proxyUsername, proxyType);
    checkCredential("proxyPassword", proxyPassword, proxyType);
    if (proxyType === "HTTP" && proxyUsername?.includes(":") === true)
      throw new ArgumentError(
        "invalid_argument",
        "proxyUsername must not contain ':', which ends the user name in HTTP",
      );
    this.proxyType = proxyType;
    this.proxyAddress = address;
    this.proxyPort = proxyPort;
    this.proxyUsername = proxyUsername;
    hide(this, "proxyPassword", proxyPassword);
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** The value isn't shown. */
function checkCredential(name: string, value: unknown, type: ProxyType): void {
  if (value === undefined) return;
  const rule = type === "SOCKS5" ? "a string of 1 to 255 bytes" : "a string";
  if (typeof value !== "string")
    throw new ArgumentError("invalid_argument", `${name} must be ${rule}, got ${typeof value}`);
  const length = utf8Length(value);
  if (type === "SOCKS5" && (length < 1 || length > 255))
    throw new ArgumentError("invalid_argument", `${name} must be ${rule}, got ${length} bytes`);
}
