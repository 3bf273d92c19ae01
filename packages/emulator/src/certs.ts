/** A certificate authority made for one emulator, and the server certificate it signed. */
export interface ServerCertificates {
  /** PEM of the authority: what clients have to trust. */
  readonly ca: string;
  /** PEM of the server certificate, followed by the authority. */
  readonly cert: string;
  /** PEM of the server's private key, PKCS#8. */
  readonly key: string;
}

// ECDSA P-256: made in a millisecond, where RSA takes a second, and every TLS 1.2 client takes it.
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 3_600_000;
const validDays = 365;

/**
 * Makes an authority and a server certificate for the given names.
 *
 * @param names - DNS names and IP addresses the server is reached under
 */
export async function makeServerCertificates(names: Iterable<string>): Promise<ServerCertificates> {
  // The certificate library is built on decorators and needs this loaded before it. Both take long to load, and only a
  // program that starts an emulator should wait for them.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const [authorityKeys, serverKeys] = await Promise.all([newKeys(), newKeys()]);
  // A day back, for clients whose clock is a little behind.
  const [notBefore, notAfter] = [new Date(Date.now() - dayMs), new Date(Date.now() + validDays * dayMs)];
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: "CN=isohub emulator CA",
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const all = [...new Set(names)];
  const server = await x509.X509CertificateGenerator.create({
    serialNumber: newSerial(),
    subject: `CN=${all[0] ?? "localhost"}`,
    issuer: authority.subject,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: serverKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        all.map((value) => ({ type: isAddress(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(serverKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey),
    ],
  });
  const ca = `${authority.toString("pem")}\n`;
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", serverKeys.privateKey);
  return {
    ca,
    cert: `${server.toString("pem")}\n${ca}`,
    key: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
  };
}

// The type of a key pair is left to the compiler: it has another home with Node's types than with a browser's.
function newKeys() {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

// Positive and without a leading zero byte, so that every DER reader agrees on it.
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || name.includes(":");
}
