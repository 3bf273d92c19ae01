import { describe, expect, it } from "vitest";
import type { Certificate } from "../../certificates/certificate.ts";
import { type TestHub, testHub } from "../../testing/hub.ts";

const start = Date.parse("2026-01-01T00:00:00Z");
const day = 24 * 3_600_000;
const sha1 = "0123456789abcdef0123456789abcdef01234567";
const sha256 = `${sha1}${"0f".repeat(12)}`;
let created = 0;
const certificates = new Map<string, Certificate>();

/** A certificate as the hub sees it, signed by its `issuer`. Its hash is its PEM. */
function certificate(fields: Partial<Certificate> & { issuer?: Certificate } = {}): Certificate {
  const { issuer, ...changes } = fields;
  const made = {
    sha1: String(++created),
    sha256: String(++created),
    commonName: undefined,
    notBefore: start - day,
    notAfter: start + day,
    isAuthority: false,
    isIssuedBy: (other: Certificate) => other === issuer,
    ...changes,
  };
  certificates.set(made.sha256, made);
  return made;
}

function parseCertificate(pem: string): Certificate {
  const found = certificates.get(pem);
  if (found === undefined) throw new Error("not a certificate");
  return found;
}

async function knock(
  hub: TestHub,
  clientId: string,
  certificates: readonly Certificate[],
  token?: string,
): Promise<{ returnCode?: number; reason?: string; detail?: string }> {
  const { connection } = await hub.attempt("nobody");
  const outcome = await hub.connect({
    connectFields: { clientId, clean: true, keepAlive: 60 },
    userName: `localhost/${clientId}/?api-version=2021-04-12`,
    password: token === undefined ? undefined : new TextEncoder().encode(token),
    certificates,
    connection,
  });
  if (!("session" in outcome)) return outcome;
  connection.session = outcome.session;
  return { returnCode: 0 };
}

describe("an identity with thumbprints", () => {
  it.each([
    ["SHA-1", { primaryThumbprint: sha1 }],
    ["SHA-1 in upper case", { primaryThumbprint: sha1.toUpperCase() }],
    ["SHA-256", { primaryThumbprint: sha256 }],
    ["SHA-256 in upper case, as the secondary", { secondaryThumbprint: sha256.toUpperCase() }],
    ["the secondary", { primaryThumbprint: "0".repeat(40), secondaryThumbprint: sha1 }],
  ])("is accepted with %s", async (_case, thumbprints) => {
    const hub = testHub();
    for (const identity of [{ deviceId: "d" }, { deviceId: "d", moduleId: "m" }]) {
      hub.identities.create(identity, thumbprints);
      const clientId = Object.values(identity).join("/");
      expect(await knock(hub, clientId, [certificate({ sha1, sha256 })])).toEqual({ returnCode: 0 });
      const session = hub.sessions.list().find(({ key }) => key === clientId);
      expect(session?.expiresAt).toBeUndefined();
      expect(session?.clientInfo).toMatchObject({
        authScope: clientId === "d" ? "device" : "module",
        authType: "x509",
      });
    }
  });

  it("is refused with another certificate, without one, and with one that has expired or is not valid yet", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d" }, { primaryThumbprint: sha1 });
    expect(await knock(hub, "d", [certificate()])).toMatchObject({
      returnCode: 5,
      reason: "badCertificate",
      detail: "the thumbprint of the certificate is not one that 'd' is registered with",
    });
    expect(await knock(hub, "d", [])).toMatchObject({ returnCode: 5, reason: "noCertificate" });
    expect(await knock(hub, "d", [certificate({ sha1, notAfter: start - 1 })])).toMatchObject({
      returnCode: 5,
      reason: "badCertificate",
      detail: "the certificate has expired at 2025-12-31T23:59:59.999Z",
    });
    expect(await knock(hub, "d", [certificate({ sha1, notBefore: start + 1 })])).toMatchObject({
      reason: "badCertificate",
      detail: "the certificate is not valid before 2026-01-01T00:00:00.001Z",
    });
    // The clock of the hub decides.
    await hub.clock.advance(1000);
    expect(await knock(hub, "d", [certificate({ sha1, notBefore: start + 1 })])).toEqual({ returnCode: 0 });
  });

  it("is refused with a password, even a policy's, with or without its certificate", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d" }, { primaryThumbprint: sha1 });
    for (const certificates of [[], [certificate({ sha1 })]]) {
      expect(await knock(hub, "d", certificates, await hub.token("d1"))).toMatchObject({
        returnCode: 5,
        reason: "authenticationMismatch",
        detail: "there is a password, and 'd' is registered for certificates",
      });
    }
  });

  it("is refused if the device is registered without credentials", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d" }, { authentication: "none" });
    for (const certificates of [[], [certificate({ sha1 })]]) {
      expect(await knock(hub, "d", certificates)).toMatchObject({
        returnCode: 5,
        reason: "authenticationMismatch",
        detail: "'d' is registered without credentials",
      });
    }
  });

  it("accepts changed thumbprints", async () => {
    const hub = testHub();
    hub.identities.create({ deviceId: "d" }, { primaryThumbprint: sha1 });
    hub.identities.update(
      { deviceId: "d" },
      { primaryThumbprint: "a".repeat(40), secondaryThumbprint: sha256 },
    );
    expect(await knock(hub, "d", [certificate({ sha1 })])).toMatchObject({ reason: "badCertificate" });
    expect(await knock(hub, "d", [certificate({ sha256 })])).toEqual({ returnCode: 0 });
  });
});

describe("an identity with keys", () => {
  it("is refused with a certificate alone, and accepted with a certificate and a token", async () => {
    const hub = testHub();
    expect(await knock(hub, "d1", [certificate()])).toMatchObject({
      returnCode: 5,
      reason: "authenticationMismatch",
      detail: "there is no SAS token, and 'd1' is not registered for certificates",
    });
    expect(await knock(hub, "d1", [certificate()], await hub.token("d1"))).toEqual({ returnCode: 0 });
  });
});

describe("a CA-signed identity", () => {
  const root = certificate({ isAuthority: true, commonName: "root" });
  const middle = certificate({ isAuthority: true, issuer: root });
  const low = certificate({ isAuthority: true, issuer: middle });

  function hubWith(...authorities: Certificate[]): TestHub {
    const hub = testHub({ parseCertificate });
    hub.identities.create({ deviceId: "d" }, { authentication: "certificateAuthority" });
    hub.identities.create({ deviceId: "d", moduleId: "m" }, { authentication: "certificateAuthority" });
    for (const authority of authorities) hub.authorities.add(authority.sha256);
    return hub;
  }

  it("is accepted with a certificate in its name that a trusted authority has signed", async () => {
    const hub = hubWith(root);
    expect(await knock(hub, "d", [certificate({ commonName: "d", issuer: root })])).toEqual({
      returnCode: 0,
    });
    expect(await knock(hub, "d/m", [certificate({ commonName: "d/m", issuer: root })])).toEqual({
      returnCode: 0,
    });
  });

  it("is accepted with intermediate authorities in any order", async () => {
    const leaf = certificate({ commonName: "d", issuer: low });
    for (const chain of [
      [leaf, low, middle],
      [leaf, middle, low],
      [leaf, low, middle, root],
    ]) {
      expect(await knock(hubWith(root), "d", chain)).toEqual({ returnCode: 0 });
    }
    // The trusted authority may itself be an intermediate one.
    expect(await knock(hubWith(low), "d", [leaf])).toEqual({ returnCode: 0 });
    expect(await knock(hubWith(root), "d", [leaf, low])).toMatchObject({
      returnCode: 5,
      reason: "badCertificate",
      detail: "the certificate does not lead to a trusted certificate authority",
    });
  });

  it("is refused with another name, without a trusted issuer, and with an issuer that isn't an authority", async () => {
    const hub = hubWith(root);
    const untrusted = certificate({ isAuthority: true });
    const noAuthority = certificate({ issuer: root, commonName: "d" });
    const chains: [Certificate[], string][] = [
      [[certificate({ commonName: "D", issuer: root })], "must be 'd', got 'D'"],
      [[certificate({ issuer: root })], "must be 'd', got ''"],
      [[certificate({ commonName: "d" })], "does not lead to"],
      [[certificate({ commonName: "d", issuer: untrusted }), untrusted], "does not lead to"],
      [[certificate({ commonName: "d", issuer: noAuthority }), noAuthority], "does not lead to"],
    ];
    for (const [chain, detail] of chains) {
      expect(await knock(hub, "d", chain)).toMatchObject({
        returnCode: 5,
        reason: "badCertificate",
        detail: expect.stringContaining(detail),
      });
    }
    expect(await knock(hub, "d/m", [certificate({ commonName: "d", issuer: root })])).toMatchObject({
      detail: "the common name of the certificate must be 'd/m', got 'd'",
    });
  });

  it("is refused when any certificate of the chain has expired", async () => {
    const oldRoot = certificate({ isAuthority: true, notAfter: start - 1 });
    const oldMiddle = certificate({ isAuthority: true, issuer: root, notAfter: start - 1 });
    const cases: [TestHub, Certificate[], string][] = [
      [
        hubWith(root),
        [certificate({ commonName: "d", issuer: root, notAfter: start - 1 })],
        "the certificate has",
      ],
      [
        hubWith(oldRoot),
        [certificate({ commonName: "d", issuer: oldRoot })],
        "the certificate authority has",
      ],
      [
        hubWith(root),
        [certificate({ commonName: "d", issuer: oldMiddle }), oldMiddle],
        "an intermediate certificate has",
      ],
    ];
    for (const [hub, chain, detail] of cases) {
      expect(await knock(hub, "d", chain)).toMatchObject({ detail: expect.stringContaining(detail) });
    }
  });

  it("is refused once the authority is no longer trusted", async () => {
    const hub = hubWith(root, root);
    const leaf = certificate({ commonName: "d", issuer: root });
    expect(hub.authorities.list()).toHaveLength(1);
    hub.authorities.remove(root.sha256);
    expect(await knock(hub, "d", [leaf])).toMatchObject({ reason: "badCertificate" });
    expect(() => hub.authorities.remove(root.sha256)).toThrow(
      expect.objectContaining({ name: "GenericNotFound" }),
    );
  });

  it("can have up to 25 authorities that may sign", () => {
    const hub = testHub({ parseCertificate });
    const add = (fields: Partial<Certificate>) => hub.authorities.add(certificate(fields).sha256);
    expect(() => add({})).toThrow(
      "The certificate authority is not valid: the certificate isn't an authority's: it may not sign other certificates.",
    );
    expect(() => hub.authorities.add("x")).toThrow("it isn't a certificate in PEM");
    for (let at = 0; at < 25; at++) add({ isAuthority: true });
    expect(() => add({ isAuthority: true })).toThrow("up to 25 certificate authorities");
  });
});

describe("the credentials of an identity", () => {
  const create = (options: object): void => void testHub().identities.create({ deviceId: "x" }, options);

  it.each([
    [
      { primaryThumbprint: "abc" },
      "a thumbprint must be 40 (SHA-1) or 64 (SHA-256) hexadecimal digits, got 'abc'",
    ],
    [{ primaryThumbprint: `${"0".repeat(39)}g` }, "hexadecimal digits"],
    [{ primaryThumbprint: sha1.match(/../g)?.join(":") }, "hexadecimal digits"],
    [{ authentication: "selfSigned" }, "'selfSigned' requires a thumbprint"],
    [
      { authentication: "magic" },
      "authentication must be one of sas, selfSigned, certificateAuthority, none, got 'magic'",
    ],
    [{ authentication: "sas", primaryThumbprint: sha1 }, "authentication 'sas' has no thumbprints"],
    [{ authentication: "certificateAuthority", secondaryThumbprint: sha1 }, "has no thumbprints"],
    [{ authentication: "none", primaryKey: btoa("k".repeat(32)) }, "authentication 'none' has no keys"],
    [
      { primaryThumbprint: sha1, primaryKey: btoa("k".repeat(32)) },
      "authentication 'selfSigned' has no keys",
    ],
  ])("must match: %j", (options, message) => {
    expect(() => create(options)).toThrow(expect.objectContaining({ name: "ArgumentInvalid" }));
    expect(() => create(options)).toThrow(message);
  });

  it("change their type only on request, and those of the other type are deleted", () => {
    const hub = testHub();
    const { primaryKey } = hub.registry.require({ deviceId: "d1" });
    expect(() => hub.identities.update({ deviceId: "d1" }, { primaryThumbprint: sha1 })).toThrow(
      "has no thumbprints",
    );
    hub.identities.update({ deviceId: "d1" }, { authentication: "selfSigned", primaryThumbprint: sha1 });
    expect(hub.views.device("d1").authentication).toEqual({
      type: "selfSigned",
      symmetricKey: { primaryKey: null, secondaryKey: null },
      x509Thumbprint: { primaryThumbprint: sha1, secondaryThumbprint: null },
    });
    expect(() => hub.identities.update({ deviceId: "d1" }, { primaryThumbprint: null })).toThrow(
      "requires a thumbprint",
    );
    hub.identities.update({ deviceId: "d1" }, { primaryThumbprint: null, secondaryThumbprint: sha256 });
    hub.identities.update({ deviceId: "d1" }, { authentication: "certificateAuthority" });
    expect(hub.views.device("d1").authentication.x509Thumbprint).toEqual({
      primaryThumbprint: null,
      secondaryThumbprint: null,
    });
    hub.identities.update({ deviceId: "d1" }, { authentication: "sas" });
    const { type, symmetricKey } = hub.views.device("d1").authentication;
    expect(type).toBe("sas");
    expect(symmetricKey.primaryKey).toMatch(/^.{44}$/);
    expect(symmetricKey.primaryKey).not.toBe(primaryKey);
    expect(hub.views.twin({ deviceId: "d1" }).authenticationType).toBe("sas");
  });
});
