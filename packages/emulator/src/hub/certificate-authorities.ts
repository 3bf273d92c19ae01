import { type Certificate, hasThumbprint, outOfDate } from "../certificates/certificate.ts";
import { HubError } from "./hub-error.ts";

const limit = 25;

/** The certificate authorities the hub trusts for devices that are registered as CA-signed. */
export class CertificateAuthorities {
  readonly #trusted: Certificate[] = [];

  /** @throws {HubError} ArgumentInvalid for a certificate that is no authority's, and for the 26th */
  add(certificate: Certificate): void {
    if (!certificate.isAuthority) {
      throw invalid("the certificate is not one of an authority: it may not sign others");
    }
    if (this.#trusted.some(({ sha256 }) => sha256 === certificate.sha256)) return;
    if (this.#trusted.length >= limit) throw invalid(`a hub has ${limit} certificate authorities at most`);
    this.#trusted.push(certificate);
  }

  /** @throws {HubError} GenericNotFound when there is none with this thumbprint */
  remove(thumbprint: string): void {
    const at = this.#trusted.findIndex((one) => hasThumbprint(one, thumbprint));
    if (at < 0) {
      const message = `There is no certificate authority with the thumbprint '${thumbprint}'.`;
      throw new HubError("GenericNotFound", message);
    }
    this.#trusted.splice(at, 1);
  }

  list(): readonly Certificate[] {
    return [...this.#trusted];
  }

  /**
   * Why a chain, leaf first, does not lead to a trusted authority; `undefined` when it does. Certificates between the
   * two have to be in the chain, in any order.
   */
  judge([leaf, ...others]: readonly Certificate[], now: number): string | undefined {
    let current = leaf;
    const left = new Set(others);
    while (current !== undefined) {
      const issued: Certificate = current;
      const root = this.#trusted.find((one) => issued.isIssuedBy(one));
      if (root !== undefined) return outOfDate("the certificate authority", root, now);
      current = [...left].find((one) => one.isAuthority && issued.isIssuedBy(one));
      if (current === undefined) break;
      left.delete(current);
      const problem = outOfDate("an intermediate certificate", current, now);
      if (problem !== undefined) return problem;
    }
    return "the certificate does not lead to a trusted certificate authority";
  }
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The certificate authority is not possible: ${rule}.`);
}
