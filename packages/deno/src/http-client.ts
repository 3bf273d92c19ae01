import { ArgumentError } from "@isohub/core";
import type { Transit } from "@isohub/core/runtime";

/**
 * What Deno makes WebSockets and requests with: trust and client certificate of a peer. Close it afterwards.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function createHttpClient({ serverVerificationCert, clientCertificate }: Transit): Deno.HttpClient {
  try {
    return Deno.createHttpClient({
      ...(serverVerificationCert === undefined ? {} : { caCerts: [serverVerificationCert] }),
      ...(clientCertificate === undefined
        ? {}
        : { cert: clientCertificate.cert, key: clientCertificate.key }),
    });
  } catch (cause) {
    throw new ArgumentError(
      "invalid_argument",
      "TLS does not accept the options: serverVerificationCert or the client certificate is not valid",
      { cause },
    );
  }
}
