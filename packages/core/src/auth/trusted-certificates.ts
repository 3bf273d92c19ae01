import { ArgumentError } from "../errors.ts";
import type { CertificateCrypto } from "./client-certificate.ts";
import { type PemSource, readCertificates } from "./pem.ts";

/** The last input and its result: all devices of a program usually trust the same certificates. */
let last: { readonly input: unknown; readonly result: string } | undefined;

/**
 * Reads the certificates that a client trusts. Sends nothing.
 *
 * @param crypto - parses each certificate, on a runtime that has it
 * @returns PEM
 * @throws {ArgumentError} `invalid_argument` if there is no certificate, or if a block can't be read
 */
export function readTrustedCertificates(
  source: PemSource,
  value: unknown,
  crypto?: Pick<CertificateCrypto, "X509Certificate">,
): string {
  if (typeof value === "string" && value === last?.input) return last.result;
  const blocks = readCertificates(source, value);
  for (const [index, pem] of blocks.entries()) {
    try {
      if (crypto !== undefined) new crypto.X509Certificate(pem);
    } catch (cause) {
      throw new ArgumentError(
        "invalid_argument",
        `${source.name} must be a PEM certificate, got certificate ${index + 1} that can't be parsed`,
        { cause, remediation: "Copy the whole file again" },
      );
    }
  }
  const result = blocks.join("");
  last = { input: value, result };
  return result;
}
