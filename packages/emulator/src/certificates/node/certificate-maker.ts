import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  KeyObject,
  randomBytes,
  sign,
  type webcrypto,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import {
  bits,
  der,
  itemsOf,
  nothing,
  octets,
  oid,
  sequence,
  set,
  smallInteger,
  tagged,
  time,
  utf8String,
  yes,
} from "../der.ts";

/** A certificate and its private key. */
export interface MadeCertificate {
  /** PEM of the certificate. */
  readonly cert: string;
  /** PEM of its private key, PKCS#8. */
  readonly key: string;
}

/** The kinds of keys that certificates are made with: ECDSA P-256, and RSA of 2048 bits. */
export const keyKinds = ["ec", "rsa"] as const;

/** A kind of key. */
export type KeyKind = (typeof keyKinds)[number];

/** The contents of a certificate to create. */
export interface CertificateTemplate {
  readonly commonName: string;
  readonly use: "authority" | "server" | "client";
  /** The signer; by default the certificate is self-signed. */
  readonly issuer?: MadeCertificate;
  /** DNS names and IP addresses. */
  readonly names?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** The kind of a new key. Defaults to `ec`. */
  readonly keyKind?: KeyKind;
}

/** The contents of a certificate signing request. */
export interface SigningRequest {
  readonly commonName: string | undefined;
  /** Whether it is signed with the key it contains. */
  readonly isSigned: boolean;
  /** The curve of its key. */
  readonly curve: string | undefined;
  readonly publicKey: webcrypto.CryptoKey;
}

// By default, keys are ECDSA P-256: generated in a millisecond, where RSA takes up to a second. An authority that is given
// may have another.
const generate = promisify(generateKeyPair);
const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"));
const rsaWithSha256 = sequence(oid("1.2.840.113549.1.1.11"), nothing);
const dayMs = 24 * 3_600_000;
const validDays = 365;

/** Creates a key and a certificate for it. It is valid from yesterday for a year by default. */
export async function makeCertificate(template: CertificateTemplate): Promise<MadeCertificate> {
  const { privateKey, publicKey } = await generateKey(template.keyKind);
  const { issuer } = template;
  return {
    cert: signCertificate(
      template,
      publicKey,
      issuer === undefined ? privateKey : createPrivateKey(issuer.key),
    ),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Creates a certificate, in PEM, for a key whose private part stays with its owner. */
export function certifyKey(
  publicKey: webcrypto.CryptoKey | KeyObject,
  template: Omit<CertificateTemplate, "keyKind"> & { readonly issuer: MadeCertificate },
): string {
  const key = publicKey instanceof KeyObject ? publicKey : KeyObject.from(publicKey);
  return signCertificate(template, key, createPrivateKey(template.issuer.key));
}

/** @source RFC 5280 */
function signCertificate(template: CertificateTemplate, publicKey: KeyObject, signingKey: KeyObject): string {
  const { issuer } = template;
  const publicInfo = exportKey(publicKey);
  const above = issuer === undefined ? undefined : partsOf(new X509Certificate(issuer.cert).raw);
  const algorithm = signingKey.asymmetricKeyType === "rsa" ? rsaWithSha256 : ecdsaWithSha256;
  const subject = sequence(set(sequence(oid("2.5.4.3"), utf8String(template.commonName))));
  const content = sequence(
    tagged(0, smallInteger(2)),
    der(0x02, newSerial()),
    algorithm,
    above?.subject ?? subject,
    sequence(
      // From yesterday, for clients whose clock is slightly behind.
      time(template.notBefore ?? new Date(Date.now() - dayMs)),
      time(template.notAfter ?? new Date(Date.now() + validDays * dayMs)),
    ),
    subject,
    publicInfo,
    tagged(3, sequence(...extensionsOf(template, publicInfo, above?.publicInfo))),
  );
  return pemOf("CERTIFICATE", sequence(content, algorithm, bits(sign("sha256", content, signingKey))));
}

/** Generates a key pair for a certificate. */
export function generateKey(kind: KeyKind = "ec"): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return kind === "ec" ? generate("ec", { namedCurve: "P-256" }) : generate("rsa", { modulusLength: 2048 });
}

function extensionsOf(
  { use, names = [] }: CertificateTemplate,
  publicInfo: Uint8Array,
  issuerInfo: Uint8Array | undefined,
): Uint8Array[] {
  const isAuthority = use === "authority";
  const critical = (id: string, content: Uint8Array): Uint8Array => sequence(oid(id), yes, octets(content));
  const extension = (id: string, content: Uint8Array): Uint8Array => sequence(oid(id), octets(content));
  // keyCertSign and cRLSign, or digitalSignature.
  const usage = isAuthority ? bits(Uint8Array.of(0x06), 1) : bits(Uint8Array.of(0x80), 7);
  const extended = use === "server" ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2";
  return [
    critical("2.5.29.19", isAuthority ? sequence(yes) : sequence()),
    critical("2.5.29.15", usage),
    ...(isAuthority ? [] : [extension("2.5.29.37", sequence(oid(extended)))]),
    ...(names.length === 0 ? [] : [extension("2.5.29.17", sequence(...names.map(generalName)))]),
    extension("2.5.29.14", octets(keyId(publicInfo))),
    ...(issuerInfo === undefined ? [] : [extension("2.5.29.35", sequence(der(0x80, keyId(issuerInfo))))]),
  ];
}

function generalName(name: string): Uint8Array {
  return isIP(name) === 0 ? der(0x82, Buffer.from(name)) : der(0x87, addressBytes(name));
}

function addressBytes(address: string): Uint8Array {
  if (isIP(address) === 4) return Uint8Array.from(address.split(".").map(Number));
  // A URL writes an IPv6 address in one way, without a part of dotted numbers.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string): number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? "")];
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

/** Returns the subject of a certificate, and its public key. */
function partsOf(certificate: Uint8Array): { readonly subject: Uint8Array; readonly publicInfo: Uint8Array } {
  const [content = new Uint8Array()] = itemsOf(certificate);
  const fields = itemsOf(content);
  // The version is optional.
  const from = fields[0]?.[0] === 0xa0 ? 1 : 0;
  const [subject, publicInfo] = [fields[from + 4], fields[from + 5]];
  if (subject === undefined || publicInfo === undefined)
    throw new TypeError("The certificate is incomplete.");
  return { subject, publicInfo };
}

/** The identifier of a key: SHA-1 of its bits. @source RFC 5280, section 4.2.1.2 */
function keyId(publicInfo: Uint8Array): Uint8Array {
  const [, key = new Uint8Array()] = itemsOf(publicInfo);
  // The tag, the length, and the number of unused bits.
  const head = (key[1] ?? 0) < 0x80 ? 3 : 3 + ((key[1] ?? 0) & 0x7f);
  return createHash("sha1").update(key.subarray(head)).digest();
}

function exportKey(key: KeyObject): Uint8Array {
  return key.export({ type: "spki", format: "der" });
}

function pemOf(label: string, content: Uint8Array): string {
  const lines =
    Buffer.from(content)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** Parses a certificate signing request. @param csr - base64 of its DER form. @throws {Error} if it isn't one */
export async function readRequest(csr: string): Promise<SigningRequest> {
  const x509 = await load();
  const request = new x509.Pkcs10CertificateRequest(csr);
  const publicKey = await request.publicKey.export();
  const { namedCurve } = publicKey.algorithm as { namedCurve?: string };
  return {
    commonName: request.subjectName.getField("CN")[0],
    isSigned: await request.verify(),
    curve: namedCurve,
    publicKey,
  };
}

// The certificate library uses decorators, which require reflect-metadata to be loaded first. Both load slowly, so that
// only a device that sends a signing request loads them.
async function load(): Promise<typeof import("@peculiar/x509")> {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** Returns the hash of the first certificate in PEM, hexadecimal in upper case as tools print it. */
export function thumbprintOf(cert: string, hash: "sha1" | "sha256"): string {
  const body = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(cert)?.[1] ?? "";
  return createHash(hash).update(Buffer.from(body, "base64")).digest("hex").toUpperCase();
}

// Positive and without a leading zero byte, so that every DER reader agrees on it.
function newSerial(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}
