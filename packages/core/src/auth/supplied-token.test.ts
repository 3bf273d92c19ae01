import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { readSuppliedToken, readTokenFor } from "./supplied-token.ts";

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
  it("reads the identity and expiry of a token", () => {
    expect(readSuppliedToken(token("hub.example/devices/d1"), "device", now)).toEqual({
      hostName: "hub.example",
      deviceId: "d1",
      moduleId: undefined,
      text: token("hub.example/devices/d1"),
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

  it("reads ids that were encoded separately before the resource, as .NET does", () => {
    for (const id of ["n@m", "dev'*(1)!@:,=_?$-.", "a%b", "50%25@x", "d1"]) {
      const [once, twice] = [token(`h/devices/${id}`), token(`h/devices/${encodeURIComponent(id)}`)];
      for (const text of [once, twice, twice.replace(/%[0-9A-F]{2}/g, (escaped) => escaped.toLowerCase())])
        expect(readSuppliedToken(text, "device", now).deviceId).toBe(id);
    }
    expect(readSuppliedToken(token("h/devices/n%40m/modules/o%3Ap"), "module", now)).toMatchObject({
      deviceId: "n@m",
      moduleId: "o:p",
    });
    expect(readSuppliedToken(token("h/devices/a%2Fb"), "device", now).deviceId).toBe("a%2Fb");
    for (const id of ["a%20b", "d%31", "%41b", "%2D", "%5fz", "a%C3%A4"])
      expect(readSuppliedToken(token(`h/devices/${id}`), "device", now).deviceId).toBe(id);
  });

  it.each([
    ["the line break of a file", (text: string) => `${text}\n`],
    ["a byte order mark", (text: string) => `\uFEFF${text}`],
    ["white space around it", (text: string) => `  ${text}\t`],
    ["the ';' of a connection string", (text: string) => `${text};`],
  ])("accepts a token with %s, and drops it", (_what, change) => {
    const text = token("h/devices/d");
    expect(readSuppliedToken(change(text), "device", now)).toMatchObject({ text, deviceId: "d" });
  });

  it("accepts a slash at the end of the resource, and an empty policy", () => {
    expect(readSuppliedToken(token("h/devices/d/"), "device", now).deviceId).toBe("d");
    expect(readSuppliedToken(`${token("h/devices/d")}&skn=`, "device", now).deviceId).toBe("d");
  });

  it.each([
    ["in quotes", `"${token("h/devices/d")}"`, "must not be in quotes"],
    ["with 'Bearer'", `Bearer ${token("h/devices/d")}`, "must not start with 'Bearer'"],
    [
      "with the header's name",
      `Authorization: Bearer ${token("h/devices/d")}`,
      "must not start with 'Bearer'",
    ],
    [
      "in a connection string",
      `HostName=h;DeviceId=d;SharedAccessSignature=${token("h")}`,
      "a connection string",
    ],
    [
      "with the name of its field",
      `SharedAccessSignature=${token("h/devices/d")}`,
      "got a connection string",
    ],
    ["that is a JWT", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "got a JWT"],
    ["that is a number", 5, "got 5"],
    ["that is a Promise", Promise.resolve(token("h/devices/d")), "got an object"],
    ["that is a module's", token("h/devices/d/modules/m"), "use IoTHubModuleClient"],
  ])("rejects a token %s, with a remediation", (_case, text, message) => {
    try {
      readSuppliedToken(text, "device", now);
    } catch (error) {
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "invalid_sas_token" });
      expect(String(error)).toContain(message);
      expect(String(error)).not.toMatch(/sig=|eyJ/);
      return;
    }
    throw new Error("it was accepted");
  });

  it("takes a token up to the second of its end", () => {
    expect(readSuppliedToken(token("h/devices/d", now / 1000), "device", now + 999).deviceId).toBe("d");
    expect(() => readSuppliedToken(token("h/devices/d", now / 1000), "device", now + 1000)).toThrow(
      "The SAS token expired at 2026-01-01T00:00:00.000Z",
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

describe("readTokenFor", () => {
  const identity = { hostName: "hub.example", deviceId: "n@m", moduleId: undefined };

  it.each([
    ["its own", "hub.example/devices/n@m"],
    ["its own, with the id encoded twice", "hub.example/devices/n%40m"],
    ["its own, with another case of the host and a port", "HUB.example:8883/devices/n@m/"],
    ["one of all devices", "hub.example/devices"],
    ["one of the hub", "hub.example"],
  ])("accepts %s", (_whose, resource) => {
    const text = token(resource);
    expect(readTokenFor(identity, `${text}\n`, now)).toEqual({ text, expiry: 4_102_444_800 });
  });

  it.each([
    ["another device's", "hub.example/devices/d2"],
    ["another hub's", "other.example/devices/n@m"],
    ["one of its modules'", "hub.example/devices/n@m/modules/m"],
    ["something else's", "hub.example/things/n@m"],
  ])("rejects %s", (_whose, resource) => {
    expect(() => readTokenFor(identity, token(resource), now)).toThrow(
      expect.objectContaining({
        code: "invalid_sas_token",
        message: `The SAS token must be for 'hub.example/devices/n@m', got one for '${resource}'`,
      }),
    );
  });

  it("rejects an expired token", () => {
    expect(() => readTokenFor(identity, token("hub.example", 1), now)).toThrow("expired at 1970");
  });
});
