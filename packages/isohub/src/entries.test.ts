import { ClientError, UnsupportedFeatureError } from "@isohub/core";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };
import * as csr from "./csr.ts";
import * as csrDeno from "./csr-deno.ts";
import * as csrWeb from "./csr-web.ts";
import * as emulator from "./emulator.ts";
import * as emulatorWeb from "./emulator-web.ts";
import * as node from "./index.ts";
import * as deno from "./index-deno.ts";
import * as web from "./index-web.ts";
import * as lite from "./lite.ts";
import * as mqttJs from "./mqttjs.ts";
import * as mqttJsDeno from "./mqttjs-deno.ts";
import * as mqttJsWeb from "./mqttjs-web.ts";
import * as outbox from "./outbox.ts";
import * as outboxDeno from "./outbox-deno.ts";
import * as outboxWeb from "./outbox-web.ts";

const namesOf = (module: object): string[] => Object.keys(module).sort();

describe("the modules of an entry", () => {
  it.each([
    ["isohub", node, [deno, web]],
    ["isohub/mqttjs", mqttJs, [mqttJsDeno, mqttJsWeb]],
    ["isohub/outbox", outbox, [outboxDeno, outboxWeb]],
    ["isohub/csr", csr, [csrDeno, csrWeb]],
    ["isohub/emulator", emulator, [emulatorWeb]],
  ])("%s have the same names on every runtime", (_entry, types, modules) => {
    for (const module of modules) expect(namesOf(module)).toEqual(namesOf(types));
  });

  it("isohub/lite has only names that the SDK has", () => {
    expect(namesOf(node)).toEqual(expect.arrayContaining(namesOf(lite)));
  });
});

describe("a feature that the runtime lacks", () => {
  it.each([
    ["webStorage() on Node", () => node.webStorage()],
    ["webStorage() on Deno", () => deno.webStorage()],
    ["a proxy on Deno", () => deno.ProxyOptions.fromEnvironment()],
    ["a proxy in a page", () => web.ProxyOptions.fromEnvironment()],
    ["fileStorage() in a page", () => web.fileStorage("path")],
    ["indexedDbOutboxStore() on Node", () => outbox.indexedDbOutboxStore("name")],
    ["indexedDbOutboxStore() on Deno", () => outboxDeno.indexedDbOutboxStore("name")],
    ["fileOutboxStore() in a page", () => outboxWeb.fileOutboxStore("path")],
    ["a certificate request in a page", () => csrWeb.createCertificateRequest("device")],
    ["startEmulator() in a page", () => emulatorWeb.startEmulator()],
    ["createCertificate() in a page", () => emulatorWeb.createCertificate("device")],
  ])("is refused with a remediation: %s", (_feature, use) => {
    const error = errorOf(use);
    expect(error).toBeInstanceOf(UnsupportedFeatureError);
    expect(error).toMatchObject({
      code: "unsupported_feature",
      remediation: expect.stringMatching(/^[A-Z]/),
    });
    expect(error).not.toBeInstanceOf(ClientError);
  });
});

function errorOf(use: () => unknown): unknown {
  try {
    return use();
  } catch (error) {
    return error;
  }
}

describe("the conditions of every entry", () => {
  it.each(Object.entries(manifest.exports))("%s end with the module for unknown runtimes", (_path, entry) => {
    for (const conditions of Object.values(entry)) {
      const names = Object.keys(conditions);
      expect(names[0]).toBe("types");
      expect(names.at(-1)).toBe("default");
      if ("browser" in conditions) expect(conditions.default).toBe(conditions.browser);
    }
  });
});
