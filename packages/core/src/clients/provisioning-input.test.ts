import { describe, expect, it } from "vitest";
import { thrownBy } from "../../test/failure.ts";
import { X509 } from "../auth/x509.ts";
import { ArgumentError } from "../errors.ts";
import type { MqttEngine } from "../mqtt/engine.ts";
import { provisioningHost as host, provisioningClassOn } from "../testing/memory-provisioning.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import type { ProvisioningOptions } from "./provisioning-client.ts";

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const noNetwork = (): never => {
  throw new Error("these tests don't connect");
};
const engine: MqttEngine = { name: "none", prepare: noNetwork, start: noNetwork };
const Client = provisioningClassOn(new MemoryRuntime(), engine);

describe("a provisioning client rejects", () => {
  it.each(["", "-a", ".a", "a.", "a_", "a:", "a b", "ä", "a/b", "a".repeat(129), undefined, 7])(
    "the registration id %j, with its rule",
    (id) => {
      const error = thrownBy(() => Client.createFromSymmetricKey(host, id as string, "0ne00000000", key));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("1 to 128 letters, digits and - . _ :"),
      });
    },
  );

  it.each(["a", "A-", "sn-007:888.abc_d1", "9", "a".repeat(128)])("not the registration id %j", (id) => {
    expect(() => Client.createFromSymmetricKey(host, id, "0ne00000000", key)).not.toThrow();
  });

  it.each([`${key}\n`, key.slice(0, -1), key.replace("M", "_")])("not the key %j", (secret) => {
    expect(() => Client.createFromSymmetricKey(host, "a", "0ne00000000", secret)).not.toThrow();
  });

  it.each([
    ["an id scope", "0ne/1", key, {}, "invalid_argument"],
    ["an empty id scope", "", key, {}, "invalid_argument"],
    ["no key", "0ne00000000", undefined, {}, "invalid_key"],
    ["a key", "0ne00000000", "no base64!", {}, "invalid_key"],
    ["an unknown option", "0ne00000000", key, { webSockets: true }, "unknown_option"],
    ["an option of other clients", "0ne00000000", key, { modelId: "dtmi:a;1" }, "unknown_option"],
  ] as const)("%s", (_what, scope, secret, options, code) => {
    const error = thrownBy(() =>
      Client.createFromSymmetricKey(host, "reg-1", scope, secret, options as ProvisioningOptions),
    );
    expect(error).toMatchObject({ name: "ArgumentError", code });
    expect(String(error)).not.toContain(key);
  });

  it("an invalid host, without connecting", () => {
    const error = thrownBy(() => Client.createFromSymmetricKey("", "reg-1", "0ne00000000", key));
    expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_argument" });
  });

  it("a certificate if the runtime doesn't support them", () => {
    const x509 = new X509("-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----");
    const error = thrownBy(() => Client.createFromX509Certificate(host, "reg-1", "0ne00000000", x509));
    expect(error).toMatchObject({ name: "UnsupportedFeatureError", code: "unsupported_feature" });
  });

  it("a payload without a JSON form", () => {
    const client = Client.createFromSymmetricKey(host, "reg-1", "0ne00000000", key);
    for (const payload of [
      () => 1,
      Symbol("s"),
      1n,
      new Map(),
      Promise.resolve(),
      Uint8Array.of(1),
      { a: [Number.NaN] },
    ]) {
      expect(() => {
        client.provisioningPayload = payload;
      }).toThrow(ArgumentError);
    }
    expect(client.provisioningPayload).toBeUndefined();
  });
});
