import { isInstance } from "../brand.ts";
import { ArgumentError } from "../errors.ts";

/**
 * A client certificate with its private key, each as the path of a PEM file or as PEM text.
 *
 * @source Python `X509`
 */
export class X509 {
  protected static readonly brand: symbol = Symbol.for("isohub.X509");
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly passPhrase: string | undefined;

  /**
   * @param certFile - the certificate, with intermediate certificates behind it if there are any
   * @param keyFile - its private key
   * @param passPhrase - for an encrypted key
   * @throws {ArgumentError} `invalid_argument`
   */
  constructor(certFile: string, keyFile: string, passPhrase?: string) {
    // What was passed is never shown: it may be the key.
    const check = (name: string, value: unknown): void => {
      if (typeof value === "string" && value !== "") return;
      throw new ArgumentError(
        "invalid_argument",
        `${name} must be a path or PEM text, got ${value === "" ? "empty" : typeof value}`,
      );
    };
    check("certFile", certFile);
    check("keyFile", keyFile);
    if (passPhrase !== undefined) check("passPhrase", passPhrase);
    this.certificateFile = certFile;
    this.keyFile = keyFile;
    this.passPhrase = passPhrase;
    // Enumerable fields end up in logs and error dumps.
    Object.defineProperty(this, "keyFile", { enumerable: false });
    Object.defineProperty(this, "passPhrase", { enumerable: false });
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** A client certificate that has been read and checked. */
export interface ClientCertificate {
  /** PEM, leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly passPhrase: string | undefined;
}
