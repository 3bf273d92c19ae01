// Bad input: each case of it with its class and code, and with nothing secret in whatever is thrown.

import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { certificate } from "../test/certificates.ts";
import { thrownBy } from "../test/failure.ts";
import { parseConnectionString } from "./auth/connection-string.ts";
import { hmacSha256 } from "./auth/crypto.ts";
import { ProxyOptions } from "./auth/proxy-options.ts";
import { parseSasToken, signSasToken, symmetricKeySigner } from "./auth/sas-token.ts";
import { decodeSymmetricKey } from "./auth/symmetric-key.ts";
import { X509 } from "./auth/x509.ts";
import { IoTHubDeviceClient } from "./clients/device-client.ts";
import {
  ArgumentError,
  asError,
  asIsoHubError,
  ClientError,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  IsoHubError,
  NoConnectionError,
  OperationCancelledError,
  OperationTimeoutError,
  ProtocolError,
  ServiceError,
  UnsupportedFeatureError,
} from "./errors.ts";
import type { MqttEngine } from "./mqtt/engine.ts";
import type { Platform } from "./setup/platform.ts";
import { memoryPlatform } from "./testing/memory-platform.ts";
import { memoryRuntime } from "./testing/memory-runtime.ts";

const engine: MqttEngine = {
  name: "none",
  prepare: () => Promise.reject(new Error("nothing here connects")),
  start: () => {
    throw new Error("nothing here connects");
  },
};

const platform: Platform = memoryPlatform(memoryRuntime(), engine);

class Device extends IoTHubDeviceClient {
  protected static override readonly platform = platform;
}

class Page extends IoTHubDeviceClient {
  protected static override readonly platform = memoryPlatform(memoryRuntime([]), engine);
}

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const good = `HostName=hub.example;DeviceId=d1;SharedAccessKey=${key}`;

/** Everything a log could show of an error. */
function allOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && at !== null; at = at instanceof Error ? at.cause : undefined) {
    parts.push(String(at), JSON.stringify(at) ?? "");
    if (at instanceof Error) parts.push(at.message, at.stack ?? "");
    parts.push(inspect(at, { depth: Number.POSITIVE_INFINITY, showHidden: true }));
  }
  return parts.join("\n");
}

/** Whether a string contains a long part of a secret. */
function shows(text: string, secret: string, inARow = 8): boolean {
  for (let at = 0; at + inARow <= secret.length; at++) {
    if (text.includes(secret.slice(at, at + inARow))) return true;
  }
  return false;
}

describe("a connection string for something else is an ArgumentError invalid_connection_string", () => {
  it.each([
    ["a module", `${good};ModuleId=m`, "must be for a device; for this one, use IoTHubModuleClient"],
    [
      "a service",
      `HostName=h;SharedAccessKeyName=owner;SharedAccessKey=${key}`,
      "must have HostName and DeviceId",
    ],
    ["X.509", "HostName=h;DeviceId=d;x509=true", "use createFromX509Certificate"],
  ])("%s, with a remediation", (_case, text, expected) => {
    const error = thrownBy(() => Device.createFromConnectionString(text));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      name: "ArgumentError",
      code: "invalid_connection_string",
      retryable: false,
      message: expect.stringContaining(expected),
      remediation: expect.stringContaining("not of a service, Event Hubs or storage"),
    });
  });
});

describe("an invalid key is an ArgumentError invalid_key", () => {
  it("from the factory: with the name it has in the connection string", () => {
    const error = thrownBy(() => Device.createFromConnectionString(good.replace(key, "a.c")));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toMatchObject({
      code: "invalid_key",
      message: 'The SharedAccessKey must be base64, got 3 characters with "."',
    });
  });
});

describe("bad arguments of the factory", () => {
  const from = (text: string, options?: object): unknown =>
    thrownBy(() => Device.createFromConnectionString(text, options));

  it("a device id of other characters, or of more than 128: ArgumentError invalid_argument, naming the rule", () => {
    for (const id of ["a b", "dev/1", "gerät", "d".repeat(129), "a&b"]) {
      const error = from(good.replace("d1", id));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("must be 1 to 128 characters"),
      });
    }
    expect(Device.createFromConnectionString(good.replace("d1", "dev'*(1)!@:,=%_?$-."))).toBeInstanceOf(
      Device,
    );
    expect(Device.createFromConnectionString(good.replace("d1", "d".repeat(128)))).toBeInstanceOf(Device);
  });

  it("a device id with '+' or '#', which no MQTT topic can carry [MQTT-3.3.2-2]: ArgumentError invalid_argument", () => {
    for (const id of ["a+b", "a#b", "#"]) {
      expect(from(good.replace("d1", id))).toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringMatching(/^The device id must be 1 to 128 characters: [^+#]*, got '/),
      });
    }
  });

  it("an invalid host name: ArgumentError invalid_argument", () => {
    for (const host of [
      "a b",
      "https://hub.example",
      "hub.example/",
      "hub:0",
      "hub:65536",
      "hub:",
      ":1",
      "h:1:2",
    ]) {
      expect(from(good.replace("hub.example", host))).toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining("must be a host name"),
      });
    }
  });

  it("an unknown option: ArgumentError unknown_option, which is a TypeError as in Python, naming what there is", () => {
    const error = from(good, { webSockets: true });
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      name: "ArgumentError",
      code: "unknown_option",
      message: expect.stringMatching(/^Unsupported option 'webSockets'; the options are websockets, /),
    });
  });

  it("a gateway next to a connection string: ArgumentError unknown_option, naming its field", () => {
    expect(from(good, { gatewayHostname: "gw" })).toMatchObject({
      code: "unknown_option",
      message: "Unsupported option 'gatewayHostname': use GatewayHostName in the connection string",
    });
  });

  it("options that are no object: ArgumentError invalid_argument, without showing them", () => {
    for (const options of [null, 5, key]) {
      const error = thrownBy(() => Reflect.apply(Device.createFromConnectionString, Device, [good, options]));
      expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_argument" });
      expect(allOf(error)).not.toContain(key);
    }
  });

  it("an option the runtime lacks: UnsupportedFeatureError unsupported_feature, naming option, runtime and way out", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
    const error = thrownBy(() => Page.createFromConnectionString(good, { serverVerificationCert: pem }));
    expect(error).toBeInstanceOf(UnsupportedFeatureError);
    expect(error).toMatchObject({
      code: "unsupported_feature",
      message: "The option 'serverVerificationCert' isn't supported on memory",
      remediation: expect.stringContaining("trust store of the system"),
    });
    expect(thrownBy(() => Page.createFromConnectionString(good, { websockets: false }))).toMatchObject({
      code: "unsupported_feature",
      remediation: "Set websockets to true",
    });
  });

  it("the class of core without a runtime names the packages to import", () => {
    expect(thrownBy(() => IoTHubDeviceClient.createFromConnectionString(good))).toMatchObject({
      name: "ArgumentError",
      remediation: expect.stringContaining("of @isohub/node, @isohub/browser or @isohub/deno"),
    });
  });
});

describe("the stack of an error", () => {
  const details = { remediation: "Install it" };

  it.each([
    ["ClientError", () => new ClientError("package_missing", "It is missing", details)],
    ["ArgumentError", () => new ArgumentError("invalid_argument", "It is missing", details)],
  ])("ends with the code and the remediation, which consoles print: %s", (name, create) => {
    const error = create();
    expect(error.name).toBe(name);
    expect(error.message).toBe("It is missing");
    expect(error.stack).toMatch(
      /^\w*Error: It is missing\n +at .*\n {2}code: \w+\n {2}remediation: Install it$/s,
    );
  });

  it("has only the code without a remediation, or if the engine keeps no stack", () => {
    expect(new ClientError("shut_down", "Over").stack).toMatch(/\n {2}code: shut_down$/);
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const { stack } = new ClientError("shut_down", "Over");
    Error.stackTraceLimit = stackTraceLimit;
    expect(stack).toBe("ClientError: Over\n  code: shut_down");
  });
});

describe("secrets never appear in message, stack, JSON or inspection of an error", () => {
  it("the key of a connection string, whatever else is wrong with it", () => {
    for (const text of [
      `"${good}"`,
      `${good};Foo=bar`,
      `${good};x509=true`,
      `${good};SharedAccessKey=${key}`,
      `HostName=h;SharedAccessKey=${key}`,
      `HostName=h;DeviceId=d;SharedAccessKeyName=${key}`,
      `HostName=h;DeviceId=d;${key}`,
      `HostName=h;DeviceId=d;SharedAccessKey;${key}`,
      `HostName=h;DeviceId=d;SharedAccessKey="${key}"`,
      `HostName=h;DeviceId=d;x509=${key}`,
      `HostName=h;DeviceId=d;SharedAccessSignature=${key}`,
      `HostName=h;DeviceId=d;SharedAccesKey=${key}`,
      `DeviceId=d;SharedAccessKey=${key}`,
      `HostName=a b;DeviceId=d;SharedAccessKey=${key}`,
      `HostName=h;DeviceId=a b;SharedAccessKey=${key}`,
      `HostName=h;DeviceId=d;SharedAccessKey=${key}!`,
      `HostName=h;DeviceId=d;SharedAccessKey=!${key}`,
      key,
    ]) {
      const error = thrownBy(() => Device.createFromConnectionString(text));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(shows(allOf(error), key)).toBe(false);
    }
  });

  it("no eight characters in a row of a key in a connection string that was mistyped anywhere", () => {
    const secret = fc
      .uint8Array({ minLength: 16, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes).toString("base64"));
    const edit = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 2 }),
      insert: fc.constantFrom("", ";", "=", " ", "\n", ",", "x", ";;", ";DeviceId=", "&"),
    });
    fc.assert(
      fc.property(secret, edit, fc.nat({ max: 3 }), (value, { at, remove, insert }, order) => {
        const parts = ["HostName=h.example", "DeviceId=d1", "GatewayHostName=gw"];
        parts.splice(order, 0, `SharedAccessKey=${value}`);
        const text = parts.join(";");
        const place = at % (text.length + 1);
        const mistyped = text.slice(0, place) + insert + text.slice(place + remove);
        try {
          Device.createFromConnectionString(mistyped);
        } catch (error) {
          expect(error).toBeInstanceOf(ArgumentError);
          expect(shows(allOf(error), value)).toBe(false);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("an unknown key of a connection string is not repeated when it looks like the end of a base64 text", () => {
    for (const unknown of [
      "ODlhYmNkZWY=",
      "ODlhYmNkZWY==",
      "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=x",
      "MDEyMzQ1Njc4=x",
      "a+b/c=d",
    ]) {
      const error = thrownBy(() =>
        parseConnectionString(`HostName=h;DeviceId=d;SharedAccessKey=ab;${unknown}`),
      );
      expect(error).toHaveProperty("message", expect.stringContaining("got another in part 4"));
      expect(shows(allOf(error), unknown.split("=")[0] ?? "", 4)).toBe(false);
    }
  });

  it("a key or a token in the place of another argument or option", () => {
    // Without padding, and no host name or id either.
    const unpadded = `${key.slice(0, 20)}/${key.slice(20, -1)}`;
    const token = `SharedAccessSignature sr=hub%2Fdevices%2Fd&sig=${encodeURIComponent(key)}&se=1900000000`;
    for (const secret of [key, token]) {
      for (const run of [
        () => Device.createFromSymmetricKey(key, secret, "d1"),
        () => Device.createFromSymmetricKey(key, "hub.example", `${secret} `),
        () => Device.createFromConnectionString(good, { productInfo: secret, modelId: secret }),
        () => Device.createFromConnectionString(good, secret as never),
        () => Device.createFromConnectionString(good, { keepAlive: secret as never }),
        () => Device.createFromConnectionString(good, { engine: secret as never }),
        () => Device.createFromSymmetricKey(key, "hub.example", "d1", { gatewayHostname: secret }),
      ]) {
        expect(shows(allOf(thrownBy(run)), secret)).toBe(false);
      }
    }
    for (const run of [
      () => Device.createFromSymmetricKey(key, unpadded, "d1"),
      () => Device.createFromSymmetricKey(key, "hub.example", unpadded),
      () => Device.createFromConnectionString(good, { modelId: unpadded }),
    ]) {
      expect(shows(allOf(thrownBy(run)), unpadded)).toBe(false);
    }
  });

  it("a key that is not base64, from the decoder itself", () => {
    expect(shows(allOf(thrownBy(() => decodeSymmetricKey(`${key}=`))), key)).toBe(false);
  });

  it("a SAS token and its signature, whatever is wrong with it", async () => {
    const signer = symmetricKeySigner(decodeSymmetricKey(key), hmacSha256);
    const token = await signSasToken(signer, "hub.example/devices/d1", 1_800_000_000);
    const signature = /sig=([^&]*)/.exec(token)?.[1] ?? "";
    expect(signature.length).toBeGreaterThan(40);
    for (const wrong of [
      token.toLowerCase(),
      token.slice("SharedAccessSignature ".length),
      `${token}&sig=again`,
      `${token}&foo=bar`,
      `${token}&${signature}`,
      token.replace("&se=", "&s="),
      token.replace(/se=\d+/, "se=soon"),
      token.replace("sr=", "sig="),
      token.replace(/&/g, ";"),
    ]) {
      const error = thrownBy(() => parseSasToken(wrong));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ code: "invalid_sas_token" });
      const all = allOf(error);
      expect(shows(all, signature)).toBe(false);
      expect(shows(all, decodeURIComponent(signature))).toBe(false);
      expect(shows(all, signature.toLowerCase())).toBe(false);
    }
  });

  it("what was passed as the trusted certificate, which may be a private key", () => {
    const error = thrownBy(() =>
      Device.createFromConnectionString(good, {
        serverVerificationCert: "-----BEGIN PRIVATE KEY-----secretsecret",
      }),
    );
    expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_argument" });
    expect(allOf(error)).not.toContain("secretsecret");
  });

  it("a client shows neither its key nor its connection string to inspect or JSON", () => {
    const client = Device.createFromConnectionString(good);
    const all =
      inspect(client, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(client);
    expect(shows(all, key)).toBe(false);
    expect(shows(all, "0123456789abcdef0123456789abcdef")).toBe(false);
  });
});

describe("what a client shows of itself", () => {
  it("never contains a key, certificate, pass phrase or proxy password, in inspect at any depth or as JSON", () => {
    const runtime = Object.assign(memoryRuntime(["tcp", "clientCertificate", "customTrust", "proxy"]), {
      loadCertificate: () => ({ cert: certificate, key: "the private key", passPhrase: "the pass phrase" }),
    });
    class WithCertificate extends IoTHubDeviceClient {
      protected static override readonly platform = memoryPlatform(runtime, engine);
    }
    const x509 = new X509("cert.pem", "the private key", "the pass phrase");
    const proxyOptions = new ProxyOptions("HTTP", "proxy", 1, "user", "the proxy password");
    const client = WithCertificate.createFromX509Certificate(x509, "hub.example", "d1", {
      serverVerificationCert: certificate,
      proxyOptions,
    });
    for (const one of [client, x509, proxyOptions]) {
      for (const showHidden of [false, true]) {
        const all = inspect(one, { depth: Number.POSITIVE_INFINITY, showHidden }) + JSON.stringify(one);
        for (const secret of [
          "the private key",
          "the pass phrase",
          "the proxy password",
          "BEGIN CERTIFICATE",
        ])
          expect(all).not.toContain(secret);
      }
    }
  });
});

describe("the error classes", () => {
  it("all but ArgumentError are IsoHubErrors, and each has its own name", () => {
    const errors = [
      new ConnectionFailedError("connect_failed", "m"),
      new ConnectionDroppedError("connection_dropped", "m"),
      new NoConnectionError("m"),
      new CredentialError("not_authorized", "m"),
      new ServiceError("m", { statusCode: 400 }),
      new OperationTimeoutError("m"),
      new OperationCancelledError("m"),
      new ClientError("client_error", "m"),
      new UnsupportedFeatureError("m"),
      new ProtocolError("protocol_error", "m"),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(IsoHubError);
      expect(error.name).toBe(error.constructor.name);
      expect(String(error)).toBe(`${error.name}: m`);
    }
    expect(new ArgumentError("invalid_key", "m")).not.toBeInstanceOf(IsoHubError);
    expect(String(new ArgumentError("invalid_key", "m"))).toBe("ArgumentError: m");
  });

  it("say by themselves whether trying again can help", () => {
    const retryable = (error: IsoHubError): boolean => error.retryable;
    expect(retryable(new ConnectionFailedError("connect_failed", "m"))).toBe(true);
    expect(retryable(new ConnectionDroppedError("taken_over", "m"))).toBe(true);
    expect(retryable(new OperationTimeoutError("m"))).toBe(true);
    expect(retryable(new CredentialError("not_authorized", "m"))).toBe(false);
    expect(retryable(new ProtocolError("invalid_json", "m"))).toBe(false);
    expect(retryable(new NoConnectionError("m"))).toBe(false);
    expect(
      [400, 412, 429, 500, 503].map((statusCode) => retryable(new ServiceError("m", { statusCode }))),
    ).toEqual([false, false, true, true, true]);
    expect(retryable(new ConnectionFailedError("tls_failed", "m", { retryable: false }))).toBe(false);
  });

  it("carry cause, remediation and the answer of the hub", () => {
    const cause = new Error("under");
    const error = new ServiceError("m", {
      statusCode: 429,
      retryAfterMs: 3000,
      errorCode: 429_001,
      trackingId: "t",
      cause,
    });
    expect(error).toMatchObject({ statusCode: 429, retryAfterMs: 3000, errorCode: 429_001, trackingId: "t" });
    expect(error.cause).toBe(cause);
    expect("cause" in new ServiceError("m", { statusCode: 400 })).toBe(false);
    expect(new NoConnectionError("m").remediation).toContain("connect()");
  });

  it("asIsoHubError leaves the SDK's errors as they are, and wraps any other once", () => {
    const ours = new ProtocolError("invalid_json", "m");
    expect(asIsoHubError(ours)).toBe(ours);
    const cause = new TypeError("x is not a function");
    const wrapped = asIsoHubError(cause);
    expect(wrapped).toMatchObject({
      name: "ClientError",
      code: "client_error",
      message: "x is not a function",
    });
    expect(wrapped.cause).toBe(cause);
    expect(asIsoHubError(wrapped)).toBe(wrapped);
    expect(asIsoHubError("text")).toMatchObject({ message: "text", cause: "text" });
  });

  it("asError leaves an error as it is and makes one of anything else", () => {
    const error = new Error("e");
    expect(asError(error)).toBe(error);
    expect(asError("text")).toMatchObject({ message: "text" });
    expect(asError(undefined)).toMatchObject({ message: "undefined" });
  });
});
