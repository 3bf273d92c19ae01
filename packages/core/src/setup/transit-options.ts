import type { CertificateCrypto } from "../auth/client-certificate.ts";
import { ProxyOptions } from "../auth/proxy-options.ts";
import { readTrustedCertificates } from "../auth/trusted-certificates.ts";
import { mustBe } from "../errors.ts";
import { AutoTransport } from "../runtime/auto-transport.ts";
import type { TransitOptions } from "../runtime/runtime.ts";
import type { Clock } from "../util/clock.ts";

/**
 * Reads the options that determine how a client connects. Whether the runtime supports them is checked separately.
 *
 * @param crypto - parses the certificates
 * @throws {ArgumentError} `invalid_argument`
 */
export function readTransitOptions(
  { websockets, serverVerificationCert, cipher, proxyOptions }: Readonly<Record<string, unknown>>,
  clock: Clock,
  crypto?: Pick<CertificateCrypto, "X509Certificate">,
): TransitOptions {
  if (proxyOptions !== undefined && !(proxyOptions instanceof ProxyOptions))
    throw mustBe("proxyOptions", proxyOptions, "a ProxyOptions");
  return {
    serverVerificationCert:
      serverVerificationCert === undefined
        ? undefined
        : readTrustedCertificates({ name: "serverVerificationCert" }, serverVerificationCert, crypto),
    cipher: cipher === undefined ? undefined : cipherList(cipher),
    proxyOptions,
    autoTransport: websockets === "auto" ? new AutoTransport(clock) : undefined,
  };
}

/** Joins a list of ciphers. Their names are OpenSSL's, which distinguishes upper and lower case. */
function cipherList(value: unknown): string {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  if (names.length > 0 && names.every((name) => typeof name === "string" && name.trim() !== ""))
    return names.join(":");
  throw mustBe("cipher", value, "a non-empty string or a list of such strings");
}
