import { ArgumentError, type ErrorCodeOf } from "../errors.ts";
import { findPemBlocks, type PemBlock } from "./pem-blocks.ts";
import { asPemText } from "./pem-text.ts";

/** The input that PEM blocks are cut out of, for the messages of its errors. */
export interface PemSource {
  /** The option or parameter, with the path of the file if there is one. */
  readonly name: string;
  /** Defaults to `invalid_argument`. */
  readonly code?: ErrorCodeOf<"ArgumentError">;
}

/** A kind of block that is wanted. */
interface WantedBlocks {
  readonly labels: readonly string[];
  /** The rule for the input, as messages name it. */
  readonly rule: string;
}

const certificates: WantedBlocks = {
  // OpenSSL's old name and its present one.
  labels: ["CERTIFICATE", "X509 CERTIFICATE"],
  rule: "a PEM certificate",
};
const privateKeys: WantedBlocks = {
  labels: ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"],
  rule: "a PEM private key",
};

/** Ways to get the wanted block from an input that has another one. */
const conversions: Readonly<Record<string, string>> = {
  "TRUSTED CERTIFICATE": "Convert it: openssl x509 -in trusted.pem -out certificate.pem",
  PKCS7: "Convert it: openssl pkcs7 -print_certs -in chain.p7b -out chain.pem",
  "OPENSSH PRIVATE KEY": "Convert it: ssh-keygen -p -m PKCS8 -f key",
  "CERTIFICATE REQUEST": "Pass the certificate that the authority issued for this request",
  "NEW CERTIFICATE REQUEST": "Pass the certificate that the authority issued for this request",
};

/**
 * Cuts the certificates out of PEM text or its bytes. Whatever else is in it is left out, such as keys and the attributes
 * that `openssl pkcs12` writes.
 *
 * @returns each certificate as a PEM block, in their order
 * @throws {ArgumentError} if there is none, or if a block can't be read; the message names the block and contains none
 */
export function readCertificates(source: PemSource, value: unknown): [string, ...string[]] {
  const [first, ...others] = read(source, value, certificates).map(({ text }) =>
    text.replaceAll("X509 CERTIFICATE", "CERTIFICATE"),
  );
  return [first as string, ...others];
}

/**
 * Cuts the private key out of PEM text or its bytes; the first one if there are several.
 *
 * @throws {ArgumentError} as {@link readCertificates}
 */
export function readPrivateKey(source: PemSource, value: unknown): string {
  return (read(source, value, privateKeys)[0] as PemBlock).text;
}

/** @returns at least one block */
function read(source: PemSource, value: unknown, { labels, rule }: WantedBlocks): PemBlock[] {
  const refuse = (got: string, remediation?: string): ArgumentError =>
    new ArgumentError(
      source.code ?? "invalid_argument",
      `${source.name} must be ${rule}, got ${got}`,
      remediation === undefined ? {} : { remediation },
    );
  const input = asPemText(value);
  if (typeof input !== "string") throw refuse(input.got, input.remediation);
  const { blocks, flaw } = findPemBlocks(input, labels);
  if (flaw !== undefined) throw refuse(flaw.got, flaw.remediation);
  const wanted = blocks.filter(({ label }) => labels.includes(label));
  if (wanted.length > 0) return wanted;
  const [other] = blocks;
  if (other !== undefined) throw refuse(`a block '${other.label}'`, conversions[other.label]);
  // The input isn't shown: it may be a key.
  throw refuse(
    input.trim() === "" ? "an empty string" : "text without PEM blocks",
    "Pass the content of a PEM file, with its BEGIN and END lines",
  );
}
