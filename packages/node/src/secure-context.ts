import { createHash } from "node:crypto";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { ArgumentError } from "@isohub/core";
import type { Transit } from "@isohub/core/runtime";

// Weak: a context lives as long as a connection uses it. A fleet with the same trust has one, of some 18 KiB, in place
// of one a device.
const contexts = new Map<string, WeakRef<SecureContext>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (contexts.get(key)?.deref() === undefined) contexts.delete(key);
});

/**
 * The TLS context for a peer, shared by all with the same trust, ciphers and certificate.
 *
 * @param trust - `given`: the given authorities replace the system's; `added`: they are added to them
 */
export function secureContextFor(transit: Transit, trust: "given" | "added" = "given"): SecureContext {
  const { serverVerificationCert, cipher, clientCertificate } = transit;
  // Hashed: the map would otherwise keep private keys alive.
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
    const what = ciphers === undefined ? "serverVerificationCert is" : "cipher or serverVerificationCert is";
    throw new ArgumentError("invalid_argument", `TLS does not accept the options: ${what} not valid`, {
      cause,
    });
  }
}
