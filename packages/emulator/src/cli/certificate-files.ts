import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyKind, MadeCertificate } from "../certificates/node/certificate-maker.ts";
import { makeAuthority } from "../certificates/node/server-certificate.ts";
import type { CommandSettings } from "../config/command-settings.ts";
import type { EmulatorOptions } from "../config/options.ts";
import { readTextFile, writeSettingFile } from "../files/text-file.ts";
import { messageOf } from "../hub/hub-error.ts";

// A chain with a key has a few kB.
const maxBytes = 1024 * 1024;

/**
 * Reads the certificates that the settings name. An authority whose file doesn't exist is made and written, so that the
 * next run uses it again; a file that exists is never changed.
 *
 * @throws {TypeError} if a file has other content, or can't be read or written
 */
export async function readCertificates(
  settings: CommandSettings & Pick<EmulatorOptions, "certificateKey">,
): Promise<Pick<EmulatorOptions, "authority" | "certificate">> {
  const { certFile, keyFile, caFile, caKeyFile, certificateKey } = settings;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new TypeError("--cert-file and --key-file must be given together");
  }
  if (certFile !== undefined && keyFile !== undefined) {
    const own = await readPair(certFile, keyFile);
    const root = caFile === undefined ? undefined : await readTextFile(caFile, maxBytes);
    // Clients trust the last certificate of the chain.
    return { certificate: root === undefined ? own : { ...own, cert: `${own.cert.trimEnd()}\n${root}` } };
  }
  if (caFile === undefined) {
    if (caKeyFile !== undefined) throw new TypeError("--ca-key-file must be given with --ca-file");
    return {};
  }
  return { authority: await readAuthority(caFile, caKeyFile ?? keyPathOf(caFile), certificateKey) };
}

/** Returns the path of an authority's key by default: `ca.key` for `ca.pem`. */
function keyPathOf(caFile: string): string {
  return `${caFile.replace(/\.(pem|crt|cer)$/i, "")}.key`;
}

async function readAuthority(
  caFile: string,
  caKeyFile: string,
  keyKind: KeyKind | undefined,
): Promise<MadeCertificate> {
  const cert = await readIfExists(caFile);
  if (cert === undefined) return writeAuthority(caFile, caKeyFile, keyKind);
  if ((await readIfExists(caKeyFile)) === undefined) {
    throw new TypeError(
      `${caKeyFile} must have the private key of ${caFile}, but doesn't exist; name it with --ca-key-file, or delete ${caFile} to get a new pair`,
    );
  }
  const authority = await readPair(caFile, caKeyFile);
  if (new X509Certificate(cert).ca) return authority;
  throw new TypeError(`${caFile} must be the certificate of an authority, got another certificate`);
}

async function writeAuthority(
  caFile: string,
  caKeyFile: string,
  keyKind: KeyKind | undefined,
): Promise<MadeCertificate> {
  const authority = await makeAuthority(keyKind);
  // The key first: a certificate without its key would be of no use to the next run.
  await writeSettingFile(caKeyFile, authority.key, { mode: 0o600 });
  await writeSettingFile(caFile, authority.cert, { flag: "wx" });
  return authority;
}

async function readPair(certFile: string, keyFile: string): Promise<MadeCertificate> {
  const [cert, key] = await Promise.all([readTextFile(certFile, maxBytes), readTextFile(keyFile, maxBytes)]);
  let matches: boolean;
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new TypeError(
      `${certFile} and ${keyFile} must be a certificate and its key in PEM: ${messageOf(error)}`,
    );
  }
  if (matches) return { cert, key };
  throw new TypeError(`${keyFile} must be the private key of ${certFile}, got another key`);
}

async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readTextFile(file, maxBytes);
  } catch (error) {
    const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
    if (cause?.code === "ENOENT") return undefined;
    throw error;
  }
}
