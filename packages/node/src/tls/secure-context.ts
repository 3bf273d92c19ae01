import { createHash } from "node:crypto";
import * as tls from "node:tls";
import { ArgumentError } from "@isohub/core";
import type { Transit } from "@isohub/core/runtime";

/** Whether `serverVerificationCert` replaces the default authorities, or is added to them. */
export type Trust = "given" | "added";

// Weak references: a context lives as long as a connection uses it. Devices with the same trust share one of about 18 KiB.
const contexts = new Map<string, WeakRef<tls.SecureContext>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (contexts.get(key)?.deref() === undefined) contexts.delete(key);
});

/**
 * Returns a TLS context, shared by all connections with the same trust, ciphers and certificate.
 *
 * @throws {ArgumentError} `invalid_argument` if OpenSSL rejects `cipher` or `serverVerificationCert`
 */
export function secureContextFor(transit: Transit, trust: Trust = "given"): tls.SecureContext {
  const { serverVerificationCert, cipher, clientCertificate } = transit;
  // Hashed, so that the map doesn't keep private keys in memory.
  const key = createHash("sha256")
    .update(JSON.stringify([trust, serverVerificationCert, cipher, clientCertificate]))
    .digest("base64");
  const shared = contexts.get(key)?.deref();
  if (shared !== undefined) return shared;
  const context = create(transit, trust);
  contexts.set(key, new WeakRef(context));
  forget.register(context, key);
  return context;
}

function create(transit: Transit, trust: Trust): tls.SecureContext {
  const { serverVerificationCert: ca, cipher: ciphers, clientCertificate } = transit;
  const { cert, key, passPhrase } = clientCertificate ?? {};
  try {
    return tls.createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca: trust === "given" ? ca : [...defaultAuthorities(), ca] }),
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(cert === undefined ? {} : { cert, key }),
      ...(passPhrase === undefined ? {} : { passphrase: passPhrase }),
    });
  } catch (cause) {
    const options = ciphers === undefined ? "serverVerificationCert" : "cipher or serverVerificationCert";
    throw new ArgumentError("invalid_argument", `${options} must be valid for OpenSSL`, { cause });
  }
}

/** The default authorities, with those of `NODE_EXTRA_CA_CERTS` where Node lists them (from 22.15 on). */
function defaultAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: () => string[] };
  return getCACertificates?.() ?? tls.rootCertificates;
}
