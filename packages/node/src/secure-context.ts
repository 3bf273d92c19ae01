import { createHash } from "node:crypto";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { ArgumentError } from "@isohub/core";
import type { Transit } from "@isohub/core/runtime";

// Weak references: a context lives as long as a connection uses it. Devices with the same trust share one of about 18 KiB.
const contexts = new Map<string, WeakRef<SecureContext>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (contexts.get(key)?.deref() === undefined) contexts.delete(key);
});

/**
 * Returns a TLS context, shared by all connections with the same trust, ciphers and certificate.
 *
 * @param trust - `given`: `serverVerificationCert` replaces the default authorities; `added`: it is added to them
 * @throws {ArgumentError} `invalid_argument` if OpenSSL rejects `cipher` or `serverVerificationCert`
 */
export function secureContextFor(transit: Transit, trust: "given" | "added" = "given"): SecureContext {
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

function create(transit: Transit, trust: "given" | "added"): SecureContext {
  const { serverVerificationCert: ca, cipher: ciphers, clientCertificate } = transit;
  const { cert, key, passPhrase } = clientCertificate ?? {};
  try {
    return createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca: trust === "given" ? ca : [...rootCertificates, ca] }),
      ...(ciphers === undefined ? {} : { ciphers }),
      ...(cert === undefined ? {} : { cert, key }),
      ...(passPhrase === undefined ? {} : { passphrase: passPhrase }),
    });
  } catch (cause) {
    const options = ciphers === undefined ? "serverVerificationCert" : "cipher or serverVerificationCert";
    throw new ArgumentError("invalid_argument", `${options} must be valid for OpenSSL`, { cause });
  }
}
