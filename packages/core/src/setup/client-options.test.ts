import { describe, expect, it } from "vitest";
import { certificate } from "../../test/certificates.ts";
import { thrownBy } from "../../test/failure.ts";
import { ArgumentError, ConnectionDroppedError, UnsupportedFeatureError } from "../errors.ts";
import type { Feature } from "../runtime/runtime.ts";
import { memoryRuntime } from "../testing/memory-runtime.ts";
import { endpointOf } from "./endpoint.ts";
import { parseHost } from "./host-name.ts";
import type { ResolvedOptions } from "./resolve-options.ts";
import { resolveOptions } from "./resolve-options.ts";

const everything: readonly Feature[] = ["tcp", "customTrust", "cipher", "clientCertificate", "proxy"];

function resolve(options: object, features = everything): ResolvedOptions {
  return resolveOptions(options, memoryRuntime(features));
}

const refusal = (options: object): unknown => thrownBy(() => resolve(options));

describe("resolveOptions", () => {
  it("applies the documented defaults", () => {
    expect(resolve({})).toMatchObject({
      websockets: undefined,
      serverVerificationCert: undefined,
      cipher: undefined,
      productInfo: "",
      modelId: undefined,
      sastokenTtl: 3600,
      keepAlive: 60,
      autoConnect: true,
      connectionRetry: true,
      ownRetryPolicy: false,
      ensureDesiredProperties: true,
      gatewayHostname: undefined,
      operationTimeoutMs: 60_000,
      connectTimeoutMs: 60_000,
      pingTimeoutMs: 10_000,
      receiveQueueLimit: 1000,
      whenInUse: undefined,
      engine: undefined,
    });
  });

  it("requires an object, and doesn't show anything else", () => {
    for (const [options, is] of [
      ["secret", "a string"],
      [null, "null"],
      [5, "a number"],
      [() => {}, "a function"],
    ] as const) {
      expect(() => resolve(options as never)).toThrow(`options must be an object, got ${is}`);
    }
  });

  it("describes an engine if its name is passed instead", () => {
    expect(() => resolve({ engine: "lean" as never })).toThrow(
      "engine must be an object with a method 'start', such as leanEngine, got 'lean'",
    );
  });

  it("treats undefined as an omitted option, also if the runtime lacks its feature", () => {
    expect(resolve({ keepAlive: undefined, autoConnect: undefined })).toMatchObject({
      keepAlive: 60,
      autoConnect: true,
    });
    expect(resolve({ cipher: undefined, serverVerificationCert: undefined }, ["tcp"])).toMatchObject({
      cipher: undefined,
    });
  });

  it("chooses WebSockets if the runtime has no TCP", () => {
    expect(resolve({}, []).websockets).toBe(true);
    expect(resolve({ websockets: true }).websockets).toBe(true);
  });

  describe("options-python: accepts and rejects what Python does, and rejects values of other types", () => {
    const accepted: readonly [options: object, part: Partial<ResolvedOptions>][] = [
      [{ keepAlive: 1740 }, { keepAlive: 1740 }],
      [{ keepAlive: 1 }, { keepAlive: 1 }],
      [{ keepAlive: 30.9 }, { keepAlive: 30 }],
      [{ sastokenTtl: 5 }, { sastokenTtl: 5 }],
      [{ sastokenTtl: 315_360_000 }, { sastokenTtl: 315_360_000 }],
      [{ cipher: ["ECDHE_RSA_AES128", "aes256_sha"] }, { cipher: "ECDHE_RSA_AES128:aes256_sha" }],
      [{ cipher: "HIGH:!kRSA" }, { cipher: "HIGH:!kRSA" }],
      [{ operationTimeoutMs: Number.POSITIVE_INFINITY }, { operationTimeoutMs: Number.POSITIVE_INFINITY }],
    ];
    for (const [options, part] of accepted) {
      it(`accepts ${JSON.stringify(options)}`, () => expect(resolve(options)).toMatchObject(part));
    }

    const refused: readonly [options: object, message: string][] = [
      [{ keepAlive: 0 }, "keepAlive must be a number from 1 to 1740, got 0"],
      [{ keepAlive: 1741 }, "keepAlive must be a number from 1 to 1740, got 1741"],
      [{ keepAlive: -1 }, "keepAlive must be a number from 1 to 1740, got -1"],
      [{ keepAlive: "abc" }, "keepAlive must be a number from 1 to 1740, got 'abc'"],
      [{ keepAlive: "30" }, "keepAlive must be a number from 1 to 1740, got '30'"],
      [{ keepAlive: null }, "keepAlive must be a number from 1 to 1740, got null"],
      [{ keepAlive: Number.NaN }, "keepAlive must be a number from 1 to 1740, got NaN"],
      [{ sastokenTtl: 0 }, "sastokenTtl must be a number from 1 to 315360000, got 0"],
      [
        { connectionRetryInterval: 0 },
        "connectionRetryInterval must be a number of seconds greater than 0 and at most 2147483, got 0",
      ],
      [
        { connectionRetryInterval: "x" },
        "connectionRetryInterval must be a number of seconds greater than 0 and at most 2147483, got 'x'",
      ],
      [
        { connectionRetryInterval: 1e12 },
        "connectionRetryInterval must be a number of seconds greater than 0 and at most 2147483, got 1000000000000",
      ],
      [{ cipher: 5 }, "cipher must be a non-empty string or a list of such strings, got 5"],
      [{ cipher: "" }, "cipher must be a non-empty string or a list of such strings, got an empty string"],
      [{ cipher: [] }, "cipher must be a non-empty string or a list of such strings, got an array"],
      [
        { cipher: ["AES256-SHA", ""] },
        "cipher must be a non-empty string or a list of such strings, got an array",
      ],
      [{ websockets: "yes" }, "websockets must be true, false or 'auto', got 'yes'"],
      [{ autoConnect: 0 }, "autoConnect must be true or false, got 0"],
      [{ connectionRetry: 1 }, "connectionRetry must be true or false, got 1"],
      [{ ensureDesiredProperties: "" }, "ensureDesiredProperties must be true or false, got an empty string"],
      [
        { gatewayHostname: "" },
        "gatewayHostname must be a host name such as my-hub.azure-devices.net, optionally with ':port', got an empty string",
      ],
      // Before a token is requested.
      [
        { gatewayHostname: "gw/path" },
        "gatewayHostname must be a host name such as my-hub.azure-devices.net, optionally with ':port', got 'gw/path'",
      ],
      [
        { operationTimeoutMs: 0 },
        "operationTimeoutMs must be a number of milliseconds greater than 0, got 0",
      ],
      [{ connectTimeoutMs: -1 }, "connectTimeoutMs must be a number of milliseconds greater than 0, got -1"],
      [{ pingTimeoutMs: "5" }, "pingTimeoutMs must be a number of milliseconds greater than 0, got '5'"],
      [{ receiveQueueLimit: 0 }, "receiveQueueLimit must be a number from 1 to 1000000, got 0"],
      [{ whenInUse: "queue" }, "whenInUse must be 'fail' or 'wait', got 'queue'"],
      [{ whenInUse: true }, "whenInUse must be 'fail' or 'wait', got true"],
      [{ productInfo: 5 }, "productInfo must be a string, got 5"],
      [{ modelId: "com:example" }, "modelId must be a string that starts with 'dtmi:', got 'com:example'"],
      [{ retryPolicy: 5 }, "retryPolicy must be a function, got 5"],
      [
        { serverVerificationCert: "/etc/ca.pem" },
        "serverVerificationCert must be a PEM certificate, got text without PEM blocks",
      ],
      [{ engine: 5 }, "such as leanEngine, got 5"],
    ];
    for (const [options, message] of refused) {
      it(`rejects ${JSON.stringify(options)} with ArgumentError invalid_argument`, () => {
        const error = refusal(options);
        expect(error).toBeInstanceOf(ArgumentError);
        expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringContaining(message) });
      });
    }

    it("rejects {'nope': 1} with ArgumentError unknown_option, and so the names of Object's own methods", () => {
      for (const name of ["nope", "toString", "keep_alive"]) {
        expect(refusal({ [name]: 1 })).toMatchObject({ name: "ArgumentError", code: "unknown_option" });
      }
    });
  });

  it("accepts a fixed retry interval in seconds, also with a fraction", () => {
    const { retryPolicy, ownRetryPolicy } = resolve({ connectionRetryInterval: 1.5 });
    const error = new ConnectionDroppedError("connection_dropped", "lost");
    expect([retryPolicy(1, error), retryPolicy(20, error)]).toEqual([1500, 1500]);
    // The application chose it, so nothing else delays an attempt.
    expect(ownRetryPolicy).toBe(true);
  });

  it("uses an application's retry policy unchanged, and rejects connectionRetryInterval with it", () => {
    const policy = (): number => 7;
    expect(resolve({ retryPolicy: policy })).toMatchObject({ retryPolicy: policy, ownRetryPolicy: true });
    expect(refusal({ retryPolicy: policy, connectionRetryInterval: 5 })).toMatchObject({
      code: "invalid_argument",
      message: "Provide only one of retryPolicy and connectionRetryInterval; got both",
    });
  });

  it("reads a product info that starts with 'dtmi' as the model id, as Python does", () => {
    const dtmi = "dtmi:com:example:Thermostat;1";
    expect(resolve({ productInfo: dtmi })).toMatchObject({ productInfo: "", modelId: dtmi });
    expect(resolve({ modelId: dtmi })).toMatchObject({ productInfo: "", modelId: dtmi });
    expect(resolve({ productInfo: dtmi, modelId: dtmi })).toMatchObject({ productInfo: "", modelId: dtmi });
    expect(resolve({ productInfo: "App/1", modelId: dtmi })).toMatchObject({
      productInfo: "App/1",
      modelId: dtmi,
    });
    expect(refusal({ productInfo: dtmi, modelId: "dtmi:other;1" })).toMatchObject({
      code: "invalid_argument",
    });
  });

  for (const [option, value, feature] of [
    ["serverVerificationCert", certificate, "customTrust"],
    ["cipher", "AES256", "cipher"],
    ["websockets", false, "tcp"],
  ] as const) {
    it(`rejects ${option} on a runtime without '${feature}' with UnsupportedFeatureError and an alternative`, () => {
      const others = everything.filter((one) => one !== feature);
      let error: unknown;
      try {
        resolve({ [option]: value }, others);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(UnsupportedFeatureError);
      expect(error).toMatchObject({
        code: "unsupported_feature",
        message: expect.stringMatching(new RegExp(`${option}.* isn't supported on memory`)),
        remediation: expect.stringMatching(/^[A-Z]/),
      });
    });
  }

  it("names the reason why a factory doesn't accept an option", () => {
    const run = (): unknown =>
      resolveOptions({ gatewayHostname: "gw" }, memoryRuntime(), { gatewayHostname: "not here" });
    expect(run).toThrow("Unsupported option 'gatewayHostname': not here");
  });
});

describe("endpointOf", () => {
  const endpoint = (host: string, options: object): object => {
    const { transport, host: name, port, path } = endpointOf(host, resolve(options), undefined);
    return { transport, host: name, port, path };
  };

  it("uses the hub's fixed ports, 8883 and 443", () => {
    expect(endpoint("hub.example", {})).toMatchObject({ transport: "tcp", host: "hub.example", port: 8883 });
    expect(endpoint("hub.example", { websockets: true })).toMatchObject({
      transport: "websocket",
      port: 443,
    });
  });

  it("connect-09: uses the path /$iothub/websocket for WebSockets", () => {
    expect(endpoint("myhub.azure-devices.net", { websockets: true })).toEqual({
      transport: "websocket",
      host: "myhub.azure-devices.net",
      port: 443,
      path: "/$iothub/websocket",
    });
  });

  it("connect-08: uses the gateway instead of the hub", () => {
    expect(endpoint("myhub.azure-devices.net", { gatewayHostname: "edge.local" })).toMatchObject({
      host: "edge.local",
      port: 8883,
    });
  });

  it("uses the port of the host, hub or gateway, for both transports", () => {
    expect(endpoint("localhost:1234", {})).toMatchObject({ host: "localhost", port: 1234 });
    expect(endpoint("hub.example", { gatewayHostname: "gw:1234", websockets: true })).toMatchObject({
      host: "gw",
      port: 1234,
    });
  });

  it("includes trusted certificates and ciphers", () => {
    const options = resolve({ serverVerificationCert: certificate, cipher: "a_b" });
    expect(endpointOf("h", options, undefined)).toMatchObject({
      serverVerificationCert: certificate,
      cipher: "a_b",
    });
  });
});

describe("parseHost", () => {
  it("reads names and addresses, with or without a port", () => {
    expect(parseHost("h", "my-hub.azure-devices.net")).toEqual({
      host: "my-hub.azure-devices.net",
      port: undefined,
      secure: true,
    });
    expect(parseHost("h", "127.0.0.1:65535")).toMatchObject({ host: "127.0.0.1", port: 65535 });
    expect(parseHost("h", "[::1]:8883")).toMatchObject({ host: "::1", port: 8883 });
    expect(parseHost("h", "[fe80::1]")).toMatchObject({ host: "fe80::1", port: undefined });
  });

  it("rejects anything else with ArgumentError invalid_argument, which names the argument", () => {
    for (const host of [
      "",
      "a b",
      "::1",
      "h:",
      "h:0",
      "h:65536",
      "h:123456",
      "h/",
      "http://h",
      "h\n",
      undefined,
      5,
    ]) {
      expect(() => parseHost("gatewayHostname", host)).toThrow(ArgumentError);
      expect(() => parseHost("gatewayHostname", host)).toThrow(/^gatewayHostname must be a host name/s);
    }
  });
});
