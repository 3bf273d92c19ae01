import { HubError } from "../../hub/hub-error.ts";
import type { CertificateIssuer } from "../certificate-issuer.ts";
import {
  certifyKey,
  type MadeCertificate,
  makeCertificate,
  readRequest,
  thumbprintOf,
} from "./certificate-maker.ts";

const dayMs = 24 * 3_600_000;
/** Within the 7 to 90 days that policies of the service allow. */
const validDays = 30;

/**
 * Creates an issuer of device certificates, with an intermediate authority of the emulator.
 *
 * @source DPS documentation, "Certificate management" (preview): requests of EC P-384 with the registration id as name
 */
export function deviceCertificates(root: MadeCertificate, now: () => number): CertificateIssuer {
  let authority: Promise<MadeCertificate> | undefined;
  return async (csr, commonName) => {
    authority ??= makeCertificate({
      commonName: "isohub emulator device CA",
      use: "authority",
      issuer: root,
    });
    const request = await readRequest(csr).catch(() => {
      throw invalid("must be base64 of a PKCS #10 request in DER");
    });
    if (!request.isSigned) throw invalid("must be signed with its own key");
    if (request.curve !== "P-384")
      throw invalid(`must have a P-384 key, got ${request.curve ?? "no elliptic curve"}`);
    if (request.commonName?.toLowerCase() !== commonName.toLowerCase()) {
      throw invalid(`must have the common name '${commonName}', got '${request.commonName ?? ""}'`);
    }
    const issuer = await authority;
    const notAfter = new Date(now() + validDays * dayMs);
    const cert = certifyKey(request.publicKey, { commonName, use: "client", issuer, notAfter });
    return { chain: [cert, issuer.cert, root.cert].map(bodyOf), thumbprint: thumbprintOf(cert, "sha256") };
  };
}

function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s/g, "");
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The certificate signing request ${rule}.`);
}
