import { ArgumentError } from "@isohub/core";
import type { Transit } from "@isohub/core/runtime";

/**
 * Creates the client that Deno's WebSockets and requests use for trust and client certificates. Close it afterwards.
 *
 * @throws {ArgumentError} `invalid_argument` if Deno rejects `serverVerificationCert` or the client certificate
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
      "serverVerificationCert and the client certificate must be valid for Deno's TLS",
      { cause },
    );
  }
}
