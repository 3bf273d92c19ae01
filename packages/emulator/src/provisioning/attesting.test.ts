import { deriveDeviceKey } from "@isohub/core";
import { decodeBase64, encodeBase64, encodePercent, hmacSha256, utf8 } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import type { Certificate } from "../certificates/certificate.ts";
import { HubError } from "../hub/hub-error.ts";
import { idScope, registrationToken, TestProvisioning } from "../testing/provisioning.ts";
import { vector } from "../testing/vectors.ts";
import { parseRegistrationTopic, responseTopic } from "./topics.ts";
import { parseProvisioningUserName } from "./user-name.ts";

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const otherKey = encodeBase64(new Uint8Array(32).fill(7));

/** A service with one enrollment, `reg-1`, and one group. */
function service(): TestProvisioning {
  const provisioning = new TestProvisioning();
  provisioning.individual.create("reg-1", {
    attestation: { type: "symmetricKey", primaryKey: key, secondaryKey: otherKey },
  });
  provisioning.groups.create("group", { attestation: { type: "symmetricKey", primaryKey: key } });
  return provisioning;
}

async function attested(
  provisioning: TestProvisioning,
  registrationId: string,
  token: string,
  scope = idScope,
) {
  return provisioning.attest(scope, registrationId, { token, certificates: [] });
}

/** A token over `sr` exactly as it is given. */
async function tokenOver(sr: string, more = ""): Promise<string> {
  const expiry = 4_000_000_000;
  const signature = await hmacSha256(decodeBase64(key) ?? new Uint8Array(), utf8(`${sr}\n${expiry}`));
  return `SharedAccessSignature sr=${sr}&sig=${encodePercent(encodeBase64(signature))}&se=${expiry}${more}`;
}

describe("a token", () => {
  it.each([
    ["encoded", encodePercent(`${idScope}/registrations/reg-1`), ""],
    ["encoded in lower case", `${idScope}%2fregistrations%2freg-1`, ""],
    ["raw, with the name of the key", `${idScope}/registrations/reg-1`, "&skn=registration"],
    ["with an empty name of the key, as Java sends it", `${idScope}/registrations/reg-1`, "&skn="],
  ])("is valid %s", async (_case, sr, more) => {
    expect(await attested(service(), "reg-1", await tokenOver(sr, more))).toMatchObject({
      registrationId: "reg-1",
      credentials: { authentication: "sas", primaryKey: key, secondaryKey: otherKey },
    });
  });

  it("is valid with the secondary key, and with any case of the id", async () => {
    expect(await attested(service(), "REG-1", await registrationToken(otherKey, "Reg-1"))).toMatchObject({
      registrationId: "REG-1",
    });
  });

  it("is valid with a key that derives from the group's and the id, as sent or in lower case", async () => {
    for (const form of ["New-Device", "new-device"]) {
      const derived = await deriveDeviceKey(key, form);
      expect(
        await attested(service(), "New-Device", await registrationToken(derived, "New-Device")),
      ).toMatchObject({
        enrollment: { kind: "group", id: "group" },
        credentials: { primaryKey: derived },
      });
    }
  });

  it.each([
    ["another scope's", "reg-1", "0neOTHER", key, {}, "there is no id scope"],
    ["another registration's", "reg-1", idScope, key, { id: "reg-2" }, "another registration"],
    ["signed with another key", "reg-1", idScope, encodeBase64(new Uint8Array(32)), {}, "signature"],
    ["of the group for a device with an individual enrollment", "reg-1", idScope, "derived", {}, "signature"],
    ["of a policy", "reg-1", idScope, key, { keyName: "iothubowner" }, "must be 'registration'"],
    ["expired", "reg-1", idScope, key, { now: -1 }, "expired"],
  ])("is refused: %s", async (_case, registrationId, scope, secret, more, detail) => {
    const provisioning = service();
    const signing = secret === "derived" ? await deriveDeviceKey(key, registrationId) : secret;
    const { id = registrationId, keyName, now } = more as { id?: string; keyName?: string; now?: number };
    const token = await registrationToken(signing, id, {
      ...(keyName === undefined ? {} : { keyName }),
      now: now === undefined ? provisioning.hub.clock.now() : provisioning.hub.clock.now() - 4_000_000,
    });
    expect(await attested(provisioning, registrationId, token, scope)).toEqual({
      detail: expect.stringContaining(detail),
    });
  });

  it("is refused if it is malformed or missing", async () => {
    expect(await attested(service(), "reg-1", "secret")).toEqual({ detail: "the SAS token is malformed" });
    expect(await service().attest(idScope, "reg-1", { token: undefined, certificates: [] })).toEqual({
      detail: "there is neither a SAS token nor a certificate",
    });
  });
});

describe("a certificate", () => {
  const leaf: Certificate = {
    sha1: "a".repeat(40),
    sha256: "b".repeat(64),
    commonName: "Reg-X",
    notBefore: 0,
    notAfter: 8e15,
    isAuthority: false,
    isIssuedBy: ({ commonName }) => commonName === "ca",
  };
  const ca: Certificate = { ...leaf, commonName: "ca", isAuthority: true, sha256: "c".repeat(64) };

  it("is valid with either thumbprint, under its own name", async () => {
    for (const thumbprint of [leaf.sha1.toUpperCase(), leaf.sha256]) {
      const provisioning = new TestProvisioning();
      provisioning.individual.create("reg-x", {
        attestation: { type: "x509", secondaryThumbprint: thumbprint },
      });
      expect(
        await provisioning.attest(idScope, "reg-x", { token: undefined, certificates: [leaf] }),
      ).toMatchObject({
        credentials: { authentication: "selfSigned", primaryThumbprint: leaf.sha256 },
      });
    }
  });

  it("is valid if the authority of a group has signed it", async () => {
    const provisioning = new TestProvisioning({ parseCertificate: () => ca });
    provisioning.groups.create("group", { attestation: { type: "x509", ca: "pem" } });
    expect(
      await provisioning.attest(idScope, "reg-x", { token: undefined, certificates: [leaf] }),
    ).toMatchObject({
      enrollment: { id: "group" },
    });
  });

  it.each([
    [{ ...leaf, commonName: "other" }, "the common name of the certificate must be 'reg-x', got 'other'"],
    [{ ...leaf, notAfter: 1 }, "expired"],
    [{ ...leaf, sha256: "d".repeat(64) }, "thumbprint"],
  ])("is refused %#", async (certificate, detail) => {
    const provisioning = new TestProvisioning();
    provisioning.individual.create("reg-x", {
      attestation: { type: "x509", primaryThumbprint: leaf.sha256 },
    });
    const shown = { token: undefined, certificates: [certificate] };
    expect(await provisioning.attest(idScope, "reg-x", shown)).toEqual({
      detail: expect.stringContaining(detail),
    });
  });
});

describe("an enrollment", () => {
  it.each([
    ["-a", {}, "1 to 128 letters"],
    ["a.", {}, "1 to 128 letters"],
    ["a", { hubs: ["elsewhere"] }, "'elsewhere' is not a hub of this emulator"],
    ["a", { deviceId: "a b" }, "deviceId must be 1 to 128 characters"],
    ["a", { attestation: { type: "x509" } }, "requires an authority"],
    ["a", { attestation: { type: "x509", primaryThumbprint: "12" } }, "hexadecimal"],
    ["a", { attestation: { type: "x509", ca: "x" } }, "it isn't a certificate in PEM"],
    ["a", { attestation: { type: "symmetricKey", primaryKey: "x" } }, "base64"],
  ] as const)("%s %j is refused", (id, options, message) => {
    const { individual } = new TestProvisioning();
    expect(() => individual.create(id, options)).toThrow(HubError);
    expect(() => individual.create(id, options)).toThrow(message);
  });

  it("has a unique, case-insensitive id", () => {
    const { individual } = new TestProvisioning();
    individual.create("Reg-1");
    expect(() => individual.create("reg-1")).toThrow(
      expect.objectContaining({ name: "EnrollmentAlreadyExists", statusCode: 409 }),
    );
    expect(individual.require("REG-1").id).toBe("Reg-1");
    individual.delete("reg-1");
    expect(() => individual.delete("reg-1")).toThrow(
      expect.objectContaining({ name: "EnrollmentNotFound", statusCode: 404 }),
    );
  });
});

describe("names and topics", () => {
  const isHub = (name: string): boolean => name === "localhost:8883";

  it.each(["connect-12-dps-python", "connect-13-dps-node"])("%s is for provisioning", (id) => {
    const { username } = vector(id).expected as { username: string };
    expect(parseProvisioningUserName(username, isHub)).toEqual({
      idScope: "0ne00000000",
      registrationId: "reg-1",
    });
  });

  it.each([
    "localhost:8883/registrations/m/api-version=2021-04-12",
    "localhost/d1/?api-version=2021-04-12",
    "0ne/registrations/reg-1/?api-version=2019-03-31",
    "0ne/registrations/reg-1/api-version=",
    "0ne/registrations/reg-1",
    "",
  ])("'%s' is not", (name) => {
    expect(parseProvisioningUserName(name, isHub)).toBeUndefined();
  });

  it("are read and written as in the vectors", () => {
    const { rid, operationId } = vector("dps-01-topics").input as { rid: string; operationId: string };
    const { register, poll } = vector("dps-01-topics").expected as { register: string; poll: string };
    expect(parseRegistrationTopic(register)).toEqual({ kind: "register", rid });
    expect(parseRegistrationTopic(poll)).toEqual({ kind: "poll", rid, operationId });
    expect(responseTopic(202, rid, 3)).toBe(
      (vector("dps-03-response-topic").input as { topic: string }).topic,
    );
    expect(responseTopic(200, rid, undefined)).toBe(`$dps/registrations/res/200/?$rid=${rid}`);
    for (const topic of ["$dps/registrations/PUT/iotdps-register/", "$dps/registrations/GET/x/?$rid=1"]) {
      expect(parseRegistrationTopic(topic)).toBeUndefined();
    }
  });
});
