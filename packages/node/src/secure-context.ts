import { createSecureContext, type SecureContext } from "node:tls";
import { ArgumentError, type Endpoint } from "@isohub/core";

// Weak: a context lives as long as a connection uses it. A fleet with the same trust has one, of some 18 KiB, in place
// of one a device.
const contexts = new Map<string, WeakRef<SecureContext>>();
const forget = new FinalizationRegistry<string>((key) => {
  if (contexts.get(key)?.deref() === undefined) contexts.delete(key);
});

/** The TLS context for an endpoint, shared by all with the same trust and ciphers. */
export function secureContextFor({ serverVerificationCert, cipher }: Endpoint): SecureContext {
  const key = JSON.stringify([serverVerificationCert, cipher]);
  const shared = contexts.get(key)?.deref();
  if (shared !== undefined) return shared;
  const context = create(serverVerificationCert, cipher);
  contexts.set(key, new WeakRef(context));
  forget.register(context, key);
  return context;
}

function create(ca: string | undefined, ciphers: string | undefined): SecureContext {
  try {
    return createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === undefined ? {} : { ca }),
      ...(ciphers === undefined ? {} : { ciphers }),
    });
  } catch (cause) {
    const what = ciphers === undefined ? "serverVerificationCert is" : "cipher or serverVerificationCert is";
    throw new ArgumentError("invalid_argument", `TLS does not accept the options: ${what} not valid`, {
      cause,
    });
  }
}
