import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ArgumentError, type X509 } from "@isohub/core";
import type { ClientCertificate } from "@isohub/core/runtime";

/**
 * Reads and checks a client certificate before any network; its key is decrypted, because Deno takes no pass phrase.
 *
 * @throws {ArgumentError} `invalid_certificate`, saying what is wrong; neither key nor pass phrase is part of it
 */
export function loadCertificate(
  { certificateFile, keyFile, passPhrase }: X509,
  nowMs: number,
): ClientCertificate {
  const cert = pemOf("certificate", certificateFile);
  const leaf = parseCertificate(cert);
  const privateKey = parseKey(pemOf("private key", keyFile), passPhrase);
  if (!leaf.checkPrivateKey(privateKey)) throw invalid("the private key does not belong to the certificate");
  const [from, to] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  if (nowMs > to) throw invalid(`the certificate has expired at ${new Date(to).toISOString()}`);
  if (nowMs < from) throw invalid(`the certificate is not valid before ${new Date(from).toISOString()}`);
  return { cert, key: String(privateKey.export({ type: "pkcs8", format: "pem" })), passPhrase: undefined };
}

function pemOf(what: string, pathOrPem: string): string {
  if (pathOrPem.includes("-----BEGIN ")) return pathOrPem;
  let text: string;
  try {
    text = Deno.readTextFileSync(pathOrPem);
  } catch (cause) {
    const why =
      cause instanceof Deno.errors.NotCapable
        ? `run with --allow-read=${pathOrPem}`
        : (cause as Error).name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
    throw invalid(`the ${what} file '${pathOrPem}' cannot be read (${why})`);
  }
  if (!text.includes("-----BEGIN ")) throw invalid(`the ${what} file '${pathOrPem}' is not PEM`);
  return text;
}

function parseCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid("the certificate is not a PEM certificate");
  }
}

function parseKey(pem: string, passPhrase: string | undefined): KeyObject {
  const encrypted = pem.includes("BEGIN ENCRYPTED PRIVATE KEY") || pem.includes("Proc-Type: 4,ENCRYPTED");
  if (encrypted && passPhrase === undefined)
    throw invalid("the private key is encrypted and there is no pass phrase");
  try {
    return createPrivateKey({ key: pem, ...(passPhrase === undefined ? {} : { passphrase: passPhrase }) });
  } catch {
    // The errors underneath are dropped on purpose: they are about bytes of the key.
    if (encrypted) throw invalid("the pass phrase does not open the private key");
    throw invalid("the private key is not a PEM private key");
  }
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_certificate", `The client certificate cannot be used: ${rule}`);
}
