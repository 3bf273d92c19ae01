import { HubError } from "../../hub/hub-error.ts";
import type { CertificateIssuer } from "../certificate-issuer.ts";
import { type MadeCertificate, makeCertificate, readRequest, thumbprintOf } from "./certificate-maker.ts";

const dayMs = 24 * 3_600_000;
/** As policies of the service allow: 7 to 90 days. */
const validDays = 30;

/**
 * Issues device certificates, below an authority of its own below the emulator's.
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
      throw invalid("it is not the base64 of a PKCS #10 request in DER");
    });
    if (!request.isSigned) throw invalid("its signature is not that of its key");
    if (request.curve !== "P-384")
      throw invalid(`its key must be P-384, got ${request.curve ?? "none of a curve"}`);
    if (request.commonName?.toLowerCase() !== commonName.toLowerCase()) {
      throw invalid(`its common name must be '${commonName}', got '${request.commonName ?? ""}'`);
    }
    const issuer = await authority;
    const notAfter = new Date(now() + validDays * dayMs);
    const { publicKey } = request;
    const { cert } = await makeCertificate({ commonName, use: "client", issuer, publicKey, notAfter });
    return { chain: [cert, issuer.cert, root.cert].map(bodyOf), thumbprint: thumbprintOf(cert, "sha256") };
  };
}

function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]*-----|\s/g, "");
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The certificate signing request is not valid: ${rule}.`);
}
