import { decodeBase64 } from "@isohub/core/internal";
import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { vector } from "../../testing/vectors.ts";
import { builtInPolicies } from "../credentials/policies.ts";
import { newKey } from "./authentication.ts";
import { Registry } from "./registry.ts";

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

function registry(): Registry {
  return new Registry(new VirtualClock(), new MemoryStore());
}

describe("the identity registry", () => {
  it("generates keys of 32 bytes, each of them different", () => {
    const record = registry().create({ deviceId: "d" });
    expect(decodeBase64(record.primaryKey)).toHaveLength(32);
    expect(decodeBase64(record.secondaryKey)).toHaveLength(32);
    expect(record.primaryKey).not.toBe(record.secondaryKey);
    expect(record).toMatchObject({ status: "enabled", statusReason: null });
  });

  it("uses the given keys and status", () => {
    const options = { primaryKey: key, status: "disabled" as const, statusReason: "stolen" };
    expect(registry().create({ deviceId: "d" }, options)).toMatchObject(options);
  });

  it("accepts ids of up to 128 allowed characters", () => {
    const { clientId } = vector("connect-05").expected as { clientId: string };
    const all = registry();
    for (const deviceId of [clientId, "x".repeat(128), "-:.+%_#*?!(),=@$'"]) all.create({ deviceId });
    all.create({ deviceId: clientId, moduleId: "$edgeAgent" });
    expect(all.list()).toHaveLength(4);
  });

  it.each(["", "x".repeat(129), "a b", "a/b", "é", "a\n", "a;b", "a&b", '"'])(
    "refuses the id '%s'",
    (deviceId) => {
      expect(() => registry().create({ deviceId })).toThrow(
        expect.objectContaining({ name: "ArgumentInvalid", statusCode: 400 }),
      );
    },
  );

  it.each(["", "no base64!", "c2hvcnQ=", btoa("x".repeat(65))])(
    "refuses the key '%s', and does not repeat it",
    (primaryKey) => {
      const all = registry();
      expect(() => all.create({ deviceId: "d" }, { primaryKey })).toThrow(
        expect.objectContaining({
          name: "IotHubFormatError",
          message: "A device key must be base64 of 16 to 64 bytes.",
        }),
      );
      expect(all.list()).toEqual([]);
    },
  );

  it("refuses an unknown status", () => {
    expect(() => registry().create({ deviceId: "d" }, { status: "asleep" as "enabled" })).toThrow("'asleep'");
  });

  it("has unique, case-sensitive ids", () => {
    const all = registry();
    all.create({ deviceId: "d" });
    all.create({ deviceId: "D" });
    expect(() => all.create({ deviceId: "d" })).toThrow(
      expect.objectContaining({ name: "DeviceAlreadyExists", statusCode: 409, errorCode: 409001 }),
    );
  });

  it("updates the given fields and the etag", async () => {
    const clock = new VirtualClock();
    const all = new Registry(clock, new MemoryStore());
    const before = all.create({ deviceId: "d" }, { primaryKey: key });
    await clock.advance(1000);
    const after = all.update({ deviceId: "d" }, { status: "disabled" });
    expect(after).toMatchObject({
      primaryKey: key,
      generationId: before.generationId,
      statusUpdatedTime: "2026-01-01T00:00:01.000Z",
    });
    expect(after.etag).not.toBe(before.etag);
    expect(() => all.update({ deviceId: "d" }, { primaryKey: "x" })).toThrow();
    expect(all.require({ deviceId: "d" })).toEqual(after);
  });

  it("deletes a device with its modules, and a module by itself", () => {
    const all = registry();
    all.create({ deviceId: "d" });
    all.create({ deviceId: "d", moduleId: "a" });
    all.create({ deviceId: "d", moduleId: "b" });
    all.create({ deviceId: "e" });
    expect(all.delete({ deviceId: "d", moduleId: "a" })).toHaveLength(1);
    expect(all.delete({ deviceId: "d" })).toHaveLength(2);
    expect(all.list()).toHaveLength(1);
  });

  it("reports which identity it does not find", () => {
    const all = registry();
    expect(() => all.require({ deviceId: "d" })).toThrow(
      expect.objectContaining({ name: "DeviceNotFound", errorCode: 404001 }),
    );
    expect(() => all.delete({ deviceId: "d" })).toThrow(expect.objectContaining({ name: "DeviceNotFound" }));
    expect(() => all.create({ deviceId: "d", moduleId: "m" })).toThrow(
      expect.objectContaining({ name: "DeviceNotFound" }),
    );
    all.create({ deviceId: "d" });
    expect(() => all.require({ deviceId: "d", moduleId: "m" })).toThrow(
      expect.objectContaining({ name: "ModuleNotFound" }),
    );
  });
});

describe("shared access policies", () => {
  it("are the five of every hub, each with its own keys", () => {
    const policies = builtInPolicies(new MemoryStore(), newKey);
    const rights = Object.fromEntries(
      [...policies].map(([name, { permissions }]) => [name, [...permissions]]),
    );
    expect(rights).toEqual({
      iothubowner: ["RegistryRead", "RegistryWrite", "ServiceConnect", "DeviceConnect"],
      service: ["ServiceConnect"],
      device: ["DeviceConnect"],
      registryRead: ["RegistryRead"],
      registryReadWrite: ["RegistryRead", "RegistryWrite"],
    });
    expect(
      new Set([...policies.values()].flatMap(({ primaryKey, secondaryKey }) => [primaryKey, secondaryKey]))
        .size,
    ).toBe(10);
  });
});
