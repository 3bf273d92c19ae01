import { ArgumentError } from "../errors.ts";
import { packageMissing } from "../runtime/package-missing.ts";
import { encodeBase64 } from "../util/base64.ts";
import type { CryptoKey } from "./crypto-key.ts";
import { checkRegistrationId } from "./registration-id.ts";
import { X509 } from "./x509.ts";

/** The part of a certificate library that requests need; `@peculiar/x509` has it. */
export interface Pkcs10Library {
  readonly Pkcs10CertificateRequestGenerator: {
    /** Creates a request (PKCS #10) that is signed with its own key. */
    create(parameters: {
      name: { CN: string[] }[];
      keys: { publicKey: CryptoKey; privateKey: CryptoKey };
      signingAlgorithm: { name: string; hash: string };
    }): Promise<{ readonly rawData: ArrayBuffer }>;
  };
}

// The algorithms that the service accepts. @source DPS documentation, "Certificate management" (preview)
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-384" };
const signingAlgorithm = { name: "ECDSA", hash: "SHA-384" };

/** A generated key, and a request to certify it (PKCS #10). */
export class CertificateRequest {
  /** The request for `register({ csr })`: its DER form in base64. It isn't secret. */
  readonly csr: string;
  /** The private key: PKCS #8 in PEM. It is secret: store it where only the device has access. */
  readonly privateKey: string;

  constructor(csr: string, privateKey: string) {
    this.csr = csr;
    this.privateKey = privateKey;
    // Logs and error dumps show enumerable fields.
    Object.defineProperty(this, "privateKey", { enumerable: false });
  }

  /**
   * Combines the key with the certificate that was issued for it, for the device to connect to its hub.
   *
   * @param issuedCertificateChain - from `registrationState`: the DER forms in base64, leaf first
   * @throws {ArgumentError} `invalid_argument` if there is none: the service issues certificates only for some enrollments
   */
  x509(issuedCertificateChain: readonly string[] | undefined): X509 {
    if (issuedCertificateChain === undefined || issuedCertificateChain.length === 0) {
      throw new ArgumentError(
        "invalid_argument",
        "issuedCertificateChain must have a certificate, got none",
        {
          remediation: "Check that the service issues certificates for this enrollment",
        },
      );
    }
    return new X509(issuedCertificateChain.map((der) => pem("CERTIFICATE", der)).join(""), this.privateKey);
  }
}

/** Creates certificate requests; each runtime package exports one as `createCertificateRequest`. */
export interface CreateCertificateRequest {
  /**
   * Creates a private key (EC P-384) and a certificate signing request for it, for provisioning with certificates that
   * the service issues (preview). Needs the packages `@peculiar/x509` and `reflect-metadata`. Install them separately:
   * few devices use them.
   *
   * @param registrationId - the subject of the certificate
   * @throws {ArgumentError} `invalid_argument` if the registration id isn't valid
   * @throws {ClientError} `package_missing` without these packages
   * @example
   * const request = await createCertificateRequest("device-1");
   * const { registrationState } = await provisioning.register({ csr: request.csr });
   * const client = IoTHubDeviceClient.createFromX509Certificate(
   *   request.x509(registrationState.issuedCertificateChain), registrationState.assignedHub, registrationState.deviceId,
   * );
   */
  // biome-ignore lint/style/useShorthandFunctionType: editors show the documentation of a call signature only
  (registrationId: string): Promise<CertificateRequest>;
}

/** The imports of a runtime package, each done when it is needed: they take long. */
export interface CertificateLibraries {
  /** Imports `reflect-metadata`. */
  reflectMetadata(): Promise<unknown>;
  /** Imports `@peculiar/x509`. */
  x509(): Promise<Pkcs10Library>;
  /** The command that installs both. */
  readonly install: string;
}

/** Creates a runtime package's `createCertificateRequest`. */
export function certificateRequestsWith(libraries: CertificateLibraries): CreateCertificateRequest {
  return async (registrationId) => {
    const commonName = checkRegistrationId(registrationId);
    const { Pkcs10CertificateRequestGenerator } = await load(libraries);
    const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
    const name = [{ CN: [commonName] }];
    const { rawData } = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm });
    const privateKey = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
    return new CertificateRequest(
      encodeBase64(new Uint8Array(rawData)),
      pem("PRIVATE KEY", encodeBase64(new Uint8Array(privateKey))),
    );
  };
}

async function load({ reflectMetadata, x509, install }: CertificateLibraries): Promise<Pkcs10Library> {
  // The certificate library uses decorators, which need reflect-metadata to be loaded first.
  return reflectMetadata()
    .then(x509)
    .catch(packageMissing("A certificate request", "@peculiar/x509 and reflect-metadata", install));
}

function pem(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
