import { type Certificate, hasThumbprint, outOfDate } from "../../certificates/certificate.ts";
import type { Table } from "../../store/store.ts";
import { HubError } from "../hub-error.ts";

const limit = 25;

/** The certificate authorities that sign for devices: those that a hub trusts, or those of one enrollment. */
export class CertificateAuthorities {
  readonly #parse: (pem: string) => Certificate;
  readonly #stored: Table<string>;
  readonly #trusted: Certificate[];

  /**
   * @param parse - reads a certificate in PEM, and throws if it can't
   * @param stored - the table of the authorities, as PEM by thumbprint
   */
  constructor(parse: (pem: string) => Certificate, stored: Table<string> = new Map()) {
    this.#parse = parse;
    this.#stored = stored;
    this.#trusted = Array.from(stored.values(), parse);
  }

  /**
   * Adds an authority and returns its certificate. One that is trusted already stays as it is.
   *
   * @throws {HubError} ArgumentInvalid if it isn't an authority's certificate in PEM, or if it is the 26th
   */
  add(pem: string): Certificate {
    const certificate = this.#read(pem);
    if (!certificate.isAuthority) {
      throw invalid("the certificate isn't an authority's: it may not sign other certificates");
    }
    if (this.#trusted.some(({ sha256 }) => sha256 === certificate.sha256)) return certificate;
    if (this.#trusted.length >= limit) throw invalid(`a hub trusts up to ${limit} certificate authorities`);
    this.#trusted.push(certificate);
    this.#stored.set(certificate.sha256, pem);
    return certificate;
  }

  /** @throws {HubError} GenericNotFound if none has this thumbprint */
  remove(thumbprint: string): void {
    const at = this.#trusted.findIndex((authority) => hasThumbprint(authority, thumbprint));
    const [removed] = at < 0 ? [] : this.#trusted.splice(at, 1);
    if (removed === undefined) {
      const message = `There is no certificate authority with the thumbprint '${thumbprint}'.`;
      throw new HubError("GenericNotFound", message);
    }
    this.#stored.delete(removed.sha256);
  }

  list(): readonly Certificate[] {
    return [...this.#trusted];
  }

  /**
   * Returns why a chain, leaf first, doesn't lead to a trusted authority; `undefined` if it does. The chain must contain
   * the certificates between the two, in any order.
   */
  judge([leaf, ...others]: readonly Certificate[], now: number): string | undefined {
    let current = leaf;
    const unused = new Set(others);
    while (current !== undefined) {
      const issued: Certificate = current;
      const root = this.#trusted.find((authority) => issued.isIssuedBy(authority));
      if (root !== undefined) return outOfDate("the certificate authority", root, now);
      current = [...unused].find((other) => other.isAuthority && issued.isIssuedBy(other));
      if (current === undefined) break;
      unused.delete(current);
      const problem = outOfDate("an intermediate certificate", current, now);
      if (problem !== undefined) return problem;
    }
    return "the certificate does not lead to a trusted certificate authority";
  }

  #read(pem: string): Certificate {
    try {
      return this.#parse(pem);
    } catch {
      throw invalid("it isn't a certificate in PEM");
    }
  }
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The certificate authority is not valid: ${rule}.`);
}
