import { encodeBase64, encodePercent, hmacSha256, utf8 } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { vector, vectorExpiry, vectorKey } from "../../testing/vectors.ts";
import { HostNames } from "../host-names.ts";
import { builtInPolicies } from "./policies.ts";
import { type SasRequirement, verifySas } from "./sas-verification.ts";

const now = (vectorExpiry - 60) * 1000;
const otherKey = encodeBase64(new Uint8Array(32).fill(7));

function requirement(changes: Partial<SasRequirement> = {}): SasRequirement {
  return {
    hostNames: new HostNames(["myhub.azure-devices.net"]),
    path: ["devices", "device1"],
    keys: [vectorKey],
    policies: builtInPolicies(new MemoryStore(), () => vectorKey),
    permission: "DeviceConnect",
    now,
    skewSeconds: 0,
    ...changes,
  };
}

function tokenOf(id: string): string {
  return (vector(id).expected as { token: string }).token;
}

async function sign(resource: string, more = "", key = "0123456789abcdef0123456789abcdef"): Promise<string> {
  const mac = await hmacSha256(utf8(key), utf8(`${resource}\n${vectorExpiry}`));
  return `SharedAccessSignature sr=${resource}&sig=${encodePercent(encodeBase64(mac))}&se=${vectorExpiry}${more}`;
}

describe("tokens of the official SDKs", () => {
  it.each([
    ["sas-01", ["devices", "device1"]],
    ["sas-02", ["devices", "device1", "modules", "mod1"]],
    ["sas-03", ["devices", "dev'*(1)!@:+,=%_#?$-."]],
    // Lower-case escapes: the signature is over `sr` as it was received, not over a re-encoded one.
    ["sas-04", ["devices", "dev'*(1)!@:+,%_#?$-."]],
    ["sas-05", ["devices", "device1"]],
    ["sas-06", ["devices", "device1"]],
    ["sas-07", ["devices", "device1"]],
    ["sas-10", ["devices", "device1"]],
  ])("%s grants access to its resource", async (id, path) => {
    expect(await verifySas(tokenOf(id), requirement({ path }))).toMatchObject({
      ok: true,
      expiry: vectorExpiry,
    });
  });

  it("name the policy that signed them", async () => {
    expect(await verifySas(tokenOf("sas-07"), requirement())).toMatchObject({ policy: "iothubowner" });
    expect(await verifySas(tokenOf("sas-01"), requirement())).toMatchObject({ policy: undefined });
  });

  it("grant access to nothing else", async () => {
    const elsewhere = [
      requirement({ path: ["devices", "device2"] }),
      requirement({ path: ["devices", "DEVICE1"] }),
      requirement({ hostNames: new HostNames(["otherhub.azure-devices.net"]) }),
    ];
    for (const one of elsewhere) {
      expect(await verifySas(tokenOf("sas-01"), one)).toMatchObject({
        ok: false,
        reason: expect.stringContaining("another resource"),
      });
    }
    // A module's token is not for its device.
    expect(await verifySas(tokenOf("sas-02"), requirement())).toMatchObject({ ok: false });
  });
});

describe("verification", () => {
  it("accepts either key", async () => {
    expect((await verifySas(tokenOf("sas-01"), requirement({ keys: [otherKey, vectorKey] }))).ok).toBe(true);
    expect(await verifySas(tokenOf("sas-01"), requirement({ keys: [otherKey] }))).toEqual({
      ok: false,
      reason: "the signature of the SAS token is wrong",
    });
    expect((await verifySas(tokenOf("sas-01"), requirement({ keys: [] }))).ok).toBe(false);
  });

  it.each([
    "myhub.azure-devices.net",
    "MYHUB.Azure-Devices.net/devices",
    "myhub.azure-devices.net:8883/devices/device1",
    "myhub.azure-devices.net/devices/device1/",
    "myhub.azure-devices.net%2fdevices%2fdevice1",
    "myhub.azure-devices.net%2Fdevices%2Fdevice1",
  ])("covers a device by '%s'", async (resource) => {
    expect(await verifySas(await sign(resource), requirement())).toMatchObject({ ok: true });
  });

  it.each([
    "myhub.azure-devices.net/dev",
    "myhub.azure-devices.net/devices/device",
    "myhub.azure-devices.net/devices/device1/modules",
    "azure-devices.net/devices/device1",
    "",
  ])("does not cover a device by '%s'", async (resource) => {
    expect((await verifySas(await sign(resource), requirement())).ok).toBe(false);
  });

  it("reads an id with a percent sign in an unencoded resource", async () => {
    const token = await sign("myhub.azure-devices.net/devices/a%41b");
    expect((await verifySas(token, requirement({ path: ["devices", "a%41b"] }))).ok).toBe(true);
  });

  it("reads an id that was encoded separately before the resource, as .NET does", async () => {
    for (const id of ["n@m", "n%40m", "dev'*(1)!@:+,=%_#?$-."]) {
      const resource = `myhub.azure-devices.net/devices/${encodeURIComponent(id)}`;
      const token = await sign(encodePercent(resource));
      expect((await verifySas(token, requirement({ path: ["devices", id] }))).ok).toBe(true);
      expect((await verifySas(token, requirement({ path: ["devices", "other"] }))).ok).toBe(false);
    }
  });

  it("checks a token with an empty policy against the keys of the device", async () => {
    const token = await sign("myhub.azure-devices.net%2Fdevices%2Fdevice1", "&skn=");
    expect(await verifySas(token, requirement())).toMatchObject({ ok: true, policy: undefined });
  });

  it("fails when the token has expired and the clock-skew tolerance is exceeded", async () => {
    const at = (seconds: number, skewSeconds = 0): SasRequirement =>
      requirement({ now: (vectorExpiry + seconds) * 1000, skewSeconds });
    expect((await verifySas(tokenOf("sas-01"), at(0))).ok).toBe(true);
    expect(await verifySas(tokenOf("sas-01"), at(1))).toEqual({
      ok: false,
      reason: "the SAS token has expired",
    });
    expect((await verifySas(tokenOf("sas-01"), at(300, 300))).ok).toBe(true);
    expect((await verifySas(tokenOf("sas-01"), at(301, 300))).ok).toBe(false);
  });

  it("requires an existing policy with the permission", async () => {
    const resource = "myhub.azure-devices.net";
    expect(await verifySas(await sign(resource, "&skn=service"), requirement())).toEqual({
      ok: false,
      reason: "the policy 'service' does not allow DeviceConnect",
    });
    expect(
      (await verifySas(await sign(resource, "&skn=service"), requirement({ permission: "ServiceConnect" })))
        .ok,
    ).toBe(true);
    expect(await verifySas(await sign(resource, "&skn=unknown"), requirement())).toMatchObject({
      reason: "there is no policy 'unknown'",
    });
    // If the token names a policy, the device's own keys are not checked.
    const policies = builtInPolicies(new MemoryStore(), () => otherKey);
    expect((await verifySas(await sign(resource, "&skn=device"), requirement({ policies }))).ok).toBe(false);
  });

  it.each([
    "",
    "Bearer x",
    "SharedAccessSignature",
    "SharedAccessSignature  sr=a&sig=b&se=1",
    "SharedAccessSignature sr=a&sig=b",
    "SharedAccessSignature sr=a&sr=a&sig=b&se=1",
    "SharedAccessSignature sr=a&sig=b&se=soon",
  ])("reports '%s' as malformed", async (token) => {
    expect(await verifySas(token, requirement())).toEqual({
      ok: false,
      reason: "the SAS token is malformed",
    });
  });

  it("refuses a signature that isn't base64", async () => {
    const token = tokenOf("sas-01").replace(/sig=[^&]*/, "sig=***");
    expect((await verifySas(token, requirement())).ok).toBe(false);
  });
});
