import type { KeyObject, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { ArgumentError, type X509 } from "@isohub/core";
import type { ClientCertificate } from "@isohub/core/runtime";

// Most devices have no certificate, and these two take their time to load.
const load = createRequire(import.meta.url);
const crypto = (): typeof import("node:crypto") => load("node:crypto");
const fs = (): typeof import("node:fs") => load("node:fs");

/**
 * Reads and checks a client certificate before any network.
 *
 * @throws {ArgumentError} `invalid_certificate`, saying what is wrong; neither key nor pass phrase is part of it
 */
export function loadCertificate(
  { certificateFile, keyFile, passPhrase }: X509,
  nowMs: number,
): ClientCertificate {
  const cert = pemOf("certificate", certificateFile);
  const key = pemOf("private key", keyFile);
  const leaf = parseCertificate(cert);
  const privateKey = parseKey(key, passPhrase);
  if (!leaf.checkPrivateKey(privateKey)) throw invalid("the private key does not belong to the certificate");
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (nowMs > to) throw invalid(`the certificate has expired at ${new Date(to).toISOString()}`);
  if (nowMs < from) throw invalid(`the certificate is not valid before ${new Date(from).toISOString()}`);
  return { cert, key, passPhrase };
}

function pemOf(what: string, pathOrPem: string): string {
  if (pathOrPem.includes("-----BEGIN ")) return pathOrPem;
  let text: string;
  try {
    text = fs().readFileSync(pathOrPem, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw invalid(`the ${what} file '${pathOrPem}' cannot be read (${code})`);
  }
  if (!text.includes("-----BEGIN ")) throw invalid(`the ${what} file '${pathOrPem}' is not PEM`);
  return text;
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new (crypto().X509Certificate)(pem);
  } catch {
    throw invalid("the certificate is not a PEM certificate");
  }
}

function parseKey(pem: string, passPhrase: string | undefined): KeyObject {
  try {
    return crypto().createPrivateKey({
      key: pem,
      ...(passPhrase === undefined ? {} : { passphrase: passPhrase }),
    });
  } catch {
    // OpenSSL's errors are dropped on purpose: they are long, and about bytes of the key.
    if (isEncrypted(pem)) {
      throw invalid(
        passPhrase === undefined
          ? "the private key is encrypted and there is no pass phrase"
          : "the pass phrase does not open the private key",
      );
    }
    throw invalid("the private key is not a PEM private key");
  }
}

function isEncrypted(pem: string): boolean {
  return pem.includes("BEGIN ENCRYPTED PRIVATE KEY") || pem.includes("Proc-Type: 4,ENCRYPTED");
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_certificate", `The client certificate cannot be used: ${rule}`);
}
