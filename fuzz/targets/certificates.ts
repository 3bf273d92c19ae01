import * as nodeCrypto from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import {
  type CertificateAccess,
  checkClientCertificate,
} from "../../packages/core/src/auth/client-certificate.ts";
import { readTrustedCertificates } from "../../packages/core/src/auth/trusted-certificates.ts";
import { X509 } from "../../packages/core/src/auth/x509.ts";
import { attempt, mustNotShow } from "../coded.ts";
import { editedBytes, editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const folder = new URL("../../packages/core/testdata/certificates/", import.meta.url);
const files = readdirSync(folder).filter((name) => name !== "make.sh");
const contentOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));
const pem = files
  .filter((name) => /\.(pem|key)$/.test(name))
  .map((name) => Buffer.from(contentOf(name)).toString());
const certificate = fc.oneof(
  fc.constantFrom(...pem),
  fc.tuple(fc.constantFrom(...pem), fc.constantFrom(...pem)).map((two) => two.join("\n")),
);
const input = fc.record({
  certificate: editedText(certificate, 256 * 1024),
  key: editedText(fc.constantFrom(...pem)),
  bytes: editedBytes(fc.constantFrom(...files.map(contentOf))),
  passPhrase: fc.option(fc.constant("secret"), { nil: undefined }),
});

const access: CertificateAccess = {
  crypto: nodeCrypto,
  readFile: () => {
    throw new Error("ENOENT");
  },
  explain: () => "ENOENT",
};

/** Certificates and keys as PEM text or bytes: read, or an error with a code that shows nothing of the key. */
export const certificates: Target = defineTarget("certificates", input, (values) => {
  const secrets = values.key
    .split(/\s+/)
    .filter((line) => line.length >= 40 && !line.startsWith("---"))
    .map((line) => line.slice(0, 40));
  for (const read of [
    () =>
      checkClientCertificate(new X509(values.certificate, values.key, values.passPhrase), Date.now(), access),
    () => checkClientCertificate(new X509(values.bytes, values.key), Date.now(), access),
    () => readTrustedCertificates({ name: "serverVerificationCert" }, values.certificate, nodeCrypto),
    () => readTrustedCertificates({ name: "serverVerificationCert" }, values.bytes),
  ]) {
    const outcome = attempt<unknown>(read);
    if ("error" in outcome) mustNotShow(outcome, secrets);
  }
});
