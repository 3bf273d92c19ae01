import { ProxyOptions } from "../auth/proxy-options.ts";
import { ArgumentError, mustBe } from "../errors.ts";
import type { TransitOptions } from "../runtime/runtime.ts";

/**
 * Reads the options about the way to the hub, for runtimes that have any of them; whether this one has what is asked for
 * was looked at before.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function readTransitOptions({
  serverVerificationCert,
  cipher,
  proxyOptions,
}: Readonly<Record<string, unknown>>): TransitOptions {
  if (proxyOptions !== undefined && !(proxyOptions instanceof ProxyOptions))
    throw mustBe("proxyOptions", proxyOptions, "a ProxyOptions");
  return { serverVerificationCert: pem(serverVerificationCert), cipher: cipherList(cipher), proxyOptions };
}

function pem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && value.includes("-----BEGIN CERTIFICATE-----")) return value;
  // Not shown: what is passed here by mistake may be a private key.
  throw new ArgumentError(
    "invalid_argument",
    "serverVerificationCert has no PEM certificate in it, it must be the text of one or more, not the path of a file",
  );
}

function cipherList(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const list: unknown = Array.isArray(value) ? value.join(":") : value;
  if (typeof list !== "string") throw mustBe("cipher", value, "a text or a list of texts");
  return list.toUpperCase().replaceAll("_", "-");
}
