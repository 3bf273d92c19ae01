import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { readSuppliedToken } from "./supplied-token.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const token = (resource: string, expiry = 4_102_444_800): string =>
  `SharedAccessSignature sr=${encodeURIComponent(resource)}&sig=s&se=${expiry}`;

interface Case {
  readonly cls: "IoTHubDeviceClient" | "IoTHubModuleClient";
  readonly in: string;
  readonly result: readonly [string, string];
}
const file = JSON.parse(
  readFileSync(new URL("../../testdata/wire-vectors.json", import.meta.url), "utf8"),
) as {
  readonly vectors: readonly {
    readonly id: string;
    readonly expected: { readonly results: readonly Case[] };
  }[];
};
const vector = file.vectors.find(({ id }) => id === "sastoken-client-python");

describe("readSuppliedToken", () => {
  it("reads whom a token stands for, and until when", () => {
    expect(readSuppliedToken(token("hub.example/devices/d1"), "device", now)).toEqual({
      hostName: "hub.example",
      deviceId: "d1",
      moduleId: undefined,
      expiry: 4_102_444_800,
    });
    expect(readSuppliedToken(token("hub.example/devices/d1/modules/m1"), "module", now)).toMatchObject({
      deviceId: "d1",
      moduleId: "m1",
    });
  });

  it("reads ids with special characters in them", () => {
    const id = "dev'*(1)!@:,=%_?$-.";
    expect(readSuppliedToken(token(`hub.example/devices/${id}`), "device", now).deviceId).toBe(id);
  });

  it("takes a token up to the second of its end", () => {
    expect(readSuppliedToken(token("h/devices/d", now / 1000), "device", now + 999).deviceId).toBe("d");
    expect(() => readSuppliedToken(token("h/devices/d", now / 1000), "device", now + 1000)).toThrow(
      "it has expired at 2026-01-01T00:00:00.000Z",
    );
  });

  for (const { cls, in: text, result } of vector?.expected.results ?? []) {
    it(`sastoken-client-python: ${cls} refuses what Python refuses with "${result[1]}"`, () => {
      const kind = cls === "IoTHubDeviceClient" ? "device" : "module";
      expect(() => readSuppliedToken(text, kind, now)).toThrow(ArgumentError);
      expect(() => readSuppliedToken(text, kind, now)).toThrow(
        expect.objectContaining({ code: "invalid_sas_token" }),
      );
    });
  }

  it("the vector is there", () => expect(vector?.expected.results.length).toBe(7));

  it("refuses a resource that is none of a device or module", () => {
    for (const resource of [
      "",
      "h",
      "h/devices",
      "h/devices/",
      "/devices/d",
      "h/devices/d/modules",
      "h/devices/d/modules/",
      "h/devices/d/modules/m/x",
      "h/things/d",
      "h/devices/d/parts/m",
    ]) {
      expect(() => readSuppliedToken(token(resource), "device", now)).toThrow(ArgumentError);
    }
  });
});
