import { ArgumentError } from "../errors.ts";
import { packageMissing } from "../runtime/package-missing.ts";
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
