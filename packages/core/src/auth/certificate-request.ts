import { ArgumentError, ClientError } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import { checkRegistrationId } from "./registration-id.ts";
import { X509 } from "./x509.ts";

/** What of a certificate library is needed; `@peculiar/x509` has it. */
export interface Pkcs10Library {
  readonly Pkcs10CertificateRequestGenerator: {
    /** Makes a request (PKCS #10) that is signed with its own key. */
    create(parameters: {
      name: { CN: string[] }[];
      keys: CryptoKeyPair;
      signingAlgorithm: { name: string; hash: string };
    }): Promise<{ readonly rawData: ArrayBuffer }>;
  };
}

// What the service takes. @source DPS documentation, "Certificate management" (preview)
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-384" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-384" };

/** A key that was made here, and the request to certify it (PKCS #10). */
export class CertificateRequest {
  /** base64 of the DER form: what `register({ csr })` sends. No secret. */
  readonly csr: string;
  /** PEM, PKCS #8. A secret: keep it where only the device gets to. */
  readonly privateKey: string;

  constructor(csr: string, privateKey: string) {
    this.csr = csr;
    this.privateKey = privateKey;
    // Enumerable fields end up in logs and error dumps.
    Object.defineProperty(this, "privateKey", { enumerable: false });
  }

  /**
   * What the device connects to its hub with.
   *
   * @param issuedCertificateChain - as `registrationState` has it: base64 of the DER forms, leaf first
   * @throws {ArgumentError} `invalid_argument` when there is none: the service issues certificates for some enrollments only
   */
  x509(issuedCertificateChain: readonly string[] | undefined): X509 {
    if (issuedCertificateChain === undefined || issuedCertificateChain.length === 0) {
      throw new ArgumentError("invalid_argument", "There is no issued certificate chain", {
        remediation: "Check that the enrollment is one that the service issues certificates for",
      });
    }
    return new X509(issuedCertificateChain.map((der) => pem("CERTIFICATE", der)).join(""), this.privateKey);
  }
}

/**
 * Makes a key and a request for it.
 *
 * @param load - the certificate library, which takes its time to load
 * @param install - the command that brings it where it is missing
 * @throws {ArgumentError} `invalid_argument` for a registration id that cannot be
 * @throws {ClientError} `not_supported` without the library
 */
export async function makeCertificateRequest(
  registrationId: string,
  load: () => Promise<Pkcs10Library>,
  install: string,
): Promise<CertificateRequest> {
  const commonName = checkRegistrationId(registrationId);
  const { Pkcs10CertificateRequestGenerator } = await load().catch((cause: unknown) => {
    throw new ClientError("not_supported", "Certificate requests need a certificate library", {
      cause,
      remediation: install,
    });
  });
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const name = [{ CN: [commonName] }];
  const { rawData } = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm });
  const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return new CertificateRequest(
    encodeBase64(new Uint8Array(rawData)),
    pem("PRIVATE KEY", encodeBase64(new Uint8Array(privateKey))),
  );
}

function pem(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
