import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { type DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { Certificate } from "../certificate.ts";

/** A certificate that Node has parsed. */
class NodeCertificate implements Certificate {
  readonly sha1: string;
  readonly sha256: string;
  readonly commonName: string | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly isAuthority: boolean;
  readonly #x509: X509Certificate;

  constructor(x509: X509Certificate) {
    this.#x509 = x509;
    this.sha1 = hexOf(x509.fingerprint);
    this.sha256 = hexOf(x509.fingerprint256);
    // The string `subject` escapes characters of ids; the legacy object does not.
    const { CN } = x509.toLegacyObject().subject ?? {};
    this.commonName = Array.isArray(CN) ? CN.at(-1) : CN;
    this.notBefore = Date.parse(x509.validFrom);
    this.notAfter = Date.parse(x509.validTo);
    this.isAuthority = x509.ca;
  }

  isIssuedBy(issuer: Certificate): boolean {
    if (!(issuer instanceof NodeCertificate)) return false;
    return this.#x509.checkIssued(issuer.#x509) && this.#x509.verify(issuer.#x509.publicKey);
  }
}

/** Parses the first certificate in PEM. @throws {TypeError} if there is none */
export function parseCertificate(pem: string): Certificate {
  try {
    return new NodeCertificate(new X509Certificate(pem));
  } catch (cause) {
    throw new TypeError("The string isn't a certificate in PEM.", { cause });
  }
}

/** Returns the client certificate of a TLS connection, with the chain that the client has sent, leaf first. */
export function certificatesOf(stream: Socket): readonly Certificate[] {
  if (!(stream instanceof TLSSocket)) return [];
  const chain: Certificate[] = [];
  // An empty object if there is no certificate; a root is its own issuer.
  let peer: Partial<DetailedPeerCertificate> | undefined = stream.getPeerCertificate(true);
  while (peer?.raw !== undefined) {
    chain.push(new NodeCertificate(new X509Certificate(peer.raw)));
    const { issuerCertificate }: Partial<DetailedPeerCertificate> = peer;
    peer = issuerCertificate === peer ? undefined : issuerCertificate;
  }
  return chain;
}

function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
