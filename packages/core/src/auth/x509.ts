import { isInstance } from "../brand.ts";
import { ArgumentError } from "../errors.ts";
import { hide } from "../util/hide.ts";
import { bytesIn } from "../util/json.ts";
import { decodeFile } from "./pem-text.ts";

/**
 * A client certificate with its private key.
 *
 * @source Python `X509`
 */
export class X509 {
  protected static readonly brand: symbol = Symbol.for("isohub.X509");
  /** A path or PEM text. */
  readonly certificateFile: string;
  /** A path or PEM text. */
  declare readonly keyFile: string;
  declare readonly passPhrase: string | undefined;

  /**
   * The files are read when a client is created. They may contain more than the certificate or key, such as both in one
   * file, or the output of `openssl pkcs12 -nodes`.
   *
   * @param certFile - the certificate with its intermediate certificates, if there are any: the path of a PEM file, PEM
   * text, or its bytes
   * @param keyFile - its private key, in the same way
   * @param passPhrase - for an encrypted key
   * @throws {ArgumentError} `invalid_argument`
   */
  constructor(certFile: string | Uint8Array, keyFile: string | Uint8Array, passPhrase?: string) {
    this.certificateFile = readFile("certFile", certFile);
    hide(this, "keyFile", readFile("keyFile", keyFile));
    if (passPhrase !== undefined && (typeof passPhrase !== "string" || passPhrase === ""))
      throw refusal("passPhrase", "a non-empty string", passPhrase);
    hide(this, "passPhrase", passPhrase);
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

function readFile(name: string, value: unknown): string {
  const bytes = bytesIn(value);
  // Bytes of another format decode to replacement characters, which reading the certificate recognizes.
  const text = bytes ? decodeFile(bytes) : value;
  if (typeof text === "string" && text !== "") return text;
  throw refusal(name, "a path, PEM text or its bytes", text);
}

/** The value isn't shown: it may be the key. */
function refusal(name: string, rule: string, value: unknown): ArgumentError {
  const got = value === "" ? "an empty string" : value === null ? "null" : typeof value;
  return new ArgumentError("invalid_argument", `${name} must be ${rule}, got ${got}`);
}

/** A client certificate that has been read and checked. */
export interface ClientCertificate {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly passPhrase: string | undefined;
}
