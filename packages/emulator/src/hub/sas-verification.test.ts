import { encodeBase64, encodePercent, hmacSha256, utf8 } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../store/memory-store.ts";
import { vector, vectorExpiry, vectorKey } from "../testing/vectors.ts";
import { HostNames } from "./host-names.ts";
import { builtInPolicies } from "./policies.ts";
import { type SasRequirement, verifySas } from "./sas-verification.ts";

const now = (vectorExpiry - 60) * 1000;
const otherKey = encodeBase64(new Uint8Array(32).fill(7));

function demand(changes: Partial<SasRequirement> = {}): SasRequirement {
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
    // Lower-case escapes: the signature is over the text as it came, not over a re-encoding of it.
    ["sas-04", ["devices", "dev'*(1)!@:+,%_#?$-."]],
    ["sas-05", ["devices", "device1"]],
    ["sas-06", ["devices", "device1"]],
    ["sas-07", ["devices", "device1"]],
    ["sas-10", ["devices", "device1"]],
  ])("%s opens its resource", async (id, path) => {
    expect(await verifySas(tokenOf(id), demand({ path }))).toMatchObject({ ok: true, expiry: vectorExpiry });
  });

  it("say which policy signed", async () => {
    expect(await verifySas(tokenOf("sas-07"), demand())).toMatchObject({ policy: "iothubowner" });
    expect(await verifySas(tokenOf("sas-01"), demand())).toMatchObject({ policy: undefined });
  });

  it("open nothing else", async () => {
    const elsewhere = [
      demand({ path: ["devices", "device2"] }),
      demand({ path: ["devices", "DEVICE1"] }),
      demand({ hostNames: new HostNames(["otherhub.azure-devices.net"]) }),
    ];
    for (const one of elsewhere) {
      expect(await verifySas(tokenOf("sas-01"), one)).toMatchObject({
        ok: false,
        reason: expect.stringContaining("another resource"),
      });
    }
    // A module's token is not for its device.
    expect(await verifySas(tokenOf("sas-02"), demand())).toMatchObject({ ok: false });
  });
});

describe("verification", () => {
  it("takes either key", async () => {
    expect((await verifySas(tokenOf("sas-01"), demand({ keys: [otherKey, vectorKey] }))).ok).toBe(true);
    expect(await verifySas(tokenOf("sas-01"), demand({ keys: [otherKey] }))).toEqual({
      ok: false,
      reason: "the signature of the SAS token is wrong",
    });
    expect((await verifySas(tokenOf("sas-01"), demand({ keys: [] }))).ok).toBe(false);
  });

  it.each([
    "myhub.azure-devices.net",
    "MYHUB.Azure-Devices.net/devices",
    "myhub.azure-devices.net:8883/devices/device1",
    "myhub.azure-devices.net/devices/device1/",
    "myhub.azure-devices.net%2fdevices%2fdevice1",
    "myhub.azure-devices.net%2Fdevices%2Fdevice1",
  ])("covers a device by '%s'", async (resource) => {
    expect(await verifySas(await sign(resource), demand())).toMatchObject({ ok: true });
  });

  it.each([
    "myhub.azure-devices.net/dev",
    "myhub.azure-devices.net/devices/device",
    "myhub.azure-devices.net/devices/device1/modules",
    "azure-devices.net/devices/device1",
    "",
  ])("does not cover a device by '%s'", async (resource) => {
    expect((await verifySas(await sign(resource), demand())).ok).toBe(false);
  });

  it("reads an id with a percent sign in an un-encoded resource", async () => {
    const token = await sign("myhub.azure-devices.net/devices/a%41b");
    expect((await verifySas(token, demand({ path: ["devices", "a%41b"] }))).ok).toBe(true);
  });

  it("ends with the token's time, and after the skew that is allowed", async () => {
    const at = (seconds: number, skewSeconds = 0): SasRequirement =>
      demand({ now: (vectorExpiry + seconds) * 1000, skewSeconds });
    expect((await verifySas(tokenOf("sas-01"), at(0))).ok).toBe(true);
    expect(await verifySas(tokenOf("sas-01"), at(1))).toEqual({
      ok: false,
      reason: "the SAS token has expired",
    });
    expect((await verifySas(tokenOf("sas-01"), at(300, 300))).ok).toBe(true);
    expect((await verifySas(tokenOf("sas-01"), at(301, 300))).ok).toBe(false);
  });

  it("wants a policy that is there and allows it", async () => {
    const resource = "myhub.azure-devices.net";
    expect(await verifySas(await sign(resource, "&skn=service"), demand())).toEqual({
      ok: false,
      reason: "the policy 'service' does not allow DeviceConnect",
    });
    expect(
      (await verifySas(await sign(resource, "&skn=service"), demand({ permission: "ServiceConnect" }))).ok,
    ).toBe(true);
    expect(await verifySas(await sign(resource, "&skn=nobody"), demand())).toMatchObject({
      reason: "there is no policy 'nobody'",
    });
    // With a policy named, the device's own keys are not tried.
    const policies = builtInPolicies(new MemoryStore(), () => otherKey);
    expect((await verifySas(await sign(resource, "&skn=device"), demand({ policies }))).ok).toBe(false);
  });

  it.each([
    "",
    "Bearer x",
    "SharedAccessSignature",
    "SharedAccessSignature  sr=a&sig=b&se=1",
    "SharedAccessSignature sr=a&sig=b",
    "SharedAccessSignature sr=a&sr=a&sig=b&se=1",
    "SharedAccessSignature sr=a&sig=b&se=soon",
  ])("calls '%s' malformed", async (token) => {
    expect(await verifySas(token, demand())).toEqual({ ok: false, reason: "the SAS token is malformed" });
  });

  it("does not take a signature that is no base64", async () => {
    const token = tokenOf("sas-01").replace(/sig=[^&]*/, "sig=***");
    expect((await verifySas(token, demand())).ok).toBe(false);
  });
});
