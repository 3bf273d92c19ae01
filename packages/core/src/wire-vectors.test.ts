// Recordings of other SDKs on the wire: testdata/wire-vectors.json. Where this SDK writes something else by
// design, the title states it and the test holds what it writes.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encoded } from "../test/encoded.ts";
import { thrownBy } from "../test/failure.ts";
import { parseConnectionString } from "./auth/connection-string.ts";
import { hmacSha256, webCrypto } from "./auth/crypto.ts";
import { type Identity, resourceOf } from "./auth/identity.ts";
import { parseSasToken, signSasToken, symmetricKeySigner } from "./auth/sas-token.ts";
import { decodeSymmetricKey } from "./auth/symmetric-key.ts";
import type { ConnectFields, Inbound, SubscriptionName } from "./connection/dialect.ts";
import { numberIn, readInbound } from "./dialects/iothub/inbound-topics.ts";
import { iotHubDialect } from "./dialects/iothub/iothub-dialect.ts";
import { iotHubReceiving } from "./dialects/iothub/iothub-receiving.ts";
import { telemetryTopic } from "./dialects/iothub/topics.ts";
import { ArgumentError } from "./errors.ts";
import { Message, type MessageOptions } from "./messages/message.ts";
import { decodePropertyBag } from "./messages/property-bag.ts";
import { decodeMessage } from "./messages/received-message.ts";
import { largestMessageBytes } from "./messages/telemetry-packet.ts";
import { MethodResponse } from "./methods/method.ts";
import { payloadOf, topicOf } from "./mqtt/publish-packet.ts";
import { applyPatch } from "./twin/twin-patch.ts";
import { encodeBase64 } from "./util/base64.ts";
import type { JsonObject } from "./util/json.ts";
import { fromUtf8, utf8 } from "./util/text.ts";

interface Vector<I, E> {
  readonly id: string;
  readonly input: I;
  readonly expected: E;
}

const file = JSON.parse(readFileSync(new URL("../testdata/wire-vectors.json", import.meta.url), "utf8")) as {
  readonly meta: { readonly keyBase64: string };
  readonly vectors: readonly Vector<unknown, unknown>[];
};

function vector<I, E>(id: string): Vector<I, E> {
  const found = file.vectors.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no vector ${id}`);
  return found as Vector<I, E>;
}

const readTopic = (topic: string, identity: Identity): Inbound | undefined =>
  readInbound({ topic }, identity);

const device: Identity = { hostName: "myhub.azure-devices.net", deviceId: "device1", moduleId: undefined };
const module: Identity = { ...device, moduleId: "mod1" };

function refusal(run: () => unknown): { name: string; code: string } {
  const error = thrownBy(run);
  if (!(error instanceof ArgumentError)) throw new Error(`it threw ${String(error)}`);
  return { name: error.name, code: error.code };
}

describe("shared access signatures", () => {
  interface Input {
    readonly key: string;
    readonly resourceUri: string;
    readonly expiry: number;
    readonly keyName?: string;
  }
  interface Expected {
    readonly token: string;
    readonly stringToSign: string;
    readonly signatureBase64: string;
  }

  for (const id of [
    "sas-01-device-python",
    "sas-02-module-python",
    "sas-03-special-chars-python",
    "sas-05-policy-python",
    "sas-08-dps-python",
  ]) {
    it(`${id}: a signed token is the very text Python makes`, async () => {
      const { input, expected } = vector<Input, Expected>(id);
      const signer = symmetricKeySigner(decodeSymmetricKey(input.key), webCrypto.hmacSha256);
      expect(await signSasToken(signer, input.resourceUri, input.expiry, input.keyName)).toBe(expected.token);
    });
  }

  it("sas-01, sas-02, sas-03: the resource of an identity is what its token is for", () => {
    const resource = (id: string): string => vector<Input, Expected>(id).input.resourceUri;
    expect(resourceOf(device)).toBe(resource("sas-01-device-python"));
    expect(resourceOf(module)).toBe(resource("sas-02-module-python"));
    expect(resourceOf({ ...device, deviceId: "dev'*(1)!@:+,=%_#?$-." })).toBe(
      resource("sas-03-special-chars-python"),
    );
  });

  for (const id of [
    "sas-01-device-python",
    "sas-03-special-chars-python",
    "sas-04-special-chars-node",
    "sas-05-policy-python",
    "sas-06-policy-node-service",
    "sas-07-device-with-policy-node",
    "sas-08-dps-python",
    "sas-09-dps-node",
    "sas-10-unencoded-sr",
  ]) {
    it(`${id}: a parsed token keeps 'sr' literally, as its signature covers it`, async () => {
      const { expected } = vector<Input, Expected>(id);
      const token = parseSasToken(expected.token);
      expect(`${token.resourceText}\n${token.expiry}`).toBe(expected.stringToSign);
      expect(token.signature).toBe(expected.signatureBase64);
      const key = decodeSymmetricKey(file.meta.keyBase64);
      expect(encodeBase64(await hmacSha256(key, utf8(expected.stringToSign)))).toBe(token.signature);
    });
  }

  it("sas-04, sas-09, sas-10: 'sr' reads the same from lower-case escapes and from none", () => {
    const parsed = (id: string): string => parseSasToken(vector<Input, Expected>(id).expected.token).resource;
    expect(parsed("sas-04-special-chars-node")).toBe("myhub.azure-devices.net/devices/dev'*(1)!@:+,%_#?$-.");
    expect(parsed("sas-09-dps-node")).toBe("0ne00000000/registrations/reg-1");
    expect(parsed("sas-10-unencoded-sr")).toBe("myhub.azure-devices.net/devices/device1");
  });

  it("sas-06, sas-07, sas-09: the key name is read in any position", () => {
    const keyName = (id: string): string | undefined =>
      parseSasToken(vector<Input, Expected>(id).expected.token).keyName;
    expect(keyName("sas-06-policy-node-service")).toBe("iothubowner");
    expect(keyName("sas-07-device-with-policy-node")).toBe("iothubowner");
    expect(keyName("sas-09-dps-node")).toBe("registration");
    expect(keyName("sas-01-device-python")).toBeUndefined();
  });

  it("key-01: the key of a group enrolment derives a device's key", async () => {
    const { input, expected } = vector<
      { groupKey: string; registrationId: string },
      { derivedKeyBase64: string }
    >("key-01-derived");
    const derived = await hmacSha256(decodeSymmetricKey(input.groupKey), utf8(input.registrationId));
    expect(encodeBase64(derived)).toBe(expected.derivedKeyBase64);
  });

  describe("sastoken-parse-python", () => {
    type Case = { readonly in: string; readonly resource_uri?: string; readonly expiry?: number };
    const { expected } = vector<unknown, Record<string, Case>>("sastoken-parse-python");
    for (const [name, { in: token, resource_uri: resource, expiry }] of Object.entries(expected)) {
      if (resource !== undefined) {
        it(`${name} is accepted`, () => expect(parseSasToken(token)).toMatchObject({ resource, expiry }));
      } else {
        it(`${name} is refused`, () => {
          expect(refusal(() => parseSasToken(token))).toEqual({
            name: "ArgumentError",
            code: "invalid_sas_token",
          });
        });
      }
    }
  });

  it("symmetric-key-python: a key may lack its padding, as in Node; what else Python lets pass is refused, the empty one too", () => {
    const { expected } = vector<unknown, Record<string, unknown>>("symmetric-key-python");
    const accepted = Object.keys(expected).filter((key) => {
      try {
        return decodeSymmetricKey(key) !== undefined;
      } catch (error) {
        expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_key" });
        return false;
      }
    });
    expect(Object.keys(expected)).toEqual(["not base64", "abc", "YWJj", "a2V5=", ""]);
    expect(accepted).toEqual(["abc", "YWJj"]);
  });
});

describe("CONNECT", () => {
  interface Python {
    readonly hostname: string;
    readonly deviceId: string;
    readonly moduleId: string | null;
    readonly product_info: string | null;
    readonly pythonUserAgent: string;
  }
  interface Expected {
    readonly clientId: string;
    readonly username: string;
  }

  const connect = (identity: Identity, userAgent: string, modelId?: string): ConnectFields =>
    iotHubDialect.connectFields(identity, { userAgent, modelId });
  const path = (username: string): string => username.slice(0, username.lastIndexOf("/?") + 2);
  const parameters = (username: string): Record<string, string> =>
    Object.fromEntries(
      decodePropertyBag(username.slice(path(username).length)).map(([key, value]) => [key, value ?? ""]),
    );

  for (const id of [
    "connect-01-py-device",
    "connect-02-py-module",
    "connect-03-py-product",
    "connect-05-py-special",
  ]) {
    it(`${id}: client id and user name are Python's, but for the newer API version`, () => {
      const { input, expected } = vector<Python, Expected>(id);
      const identity = {
        hostName: input.hostname,
        deviceId: input.deviceId,
        moduleId: input.moduleId ?? undefined,
      };
      const agent = input.pythonUserAgent + (input.product_info ?? "");
      expect(connect(identity, agent)).toEqual({
        clientId: expected.clientId,
        username: expected.username.replace("api-version=2019-10-01", "api-version=2021-04-12"),
      });
    });
  }

  it("connect-04: a model id is encoded as in Python and stands before the user agent as in Node", () => {
    const { input, expected } = vector<Python, Expected>("connect-04-py-dtmi");
    const { username } = connect(device, input.pythonUserAgent, input.product_info ?? "");
    expect(path(username)).toBe(path(expected.username));
    expect(parameters(username)).toEqual({
      ...parameters(expected.username),
      "api-version": "2021-04-12",
    });
    expect(username).toMatch(
      /\?api-version=2021-04-12&model-id=dtmi%3Acom%3Aexample%3AThermostat%3B1&DeviceClientType=/,
    );
  });

  for (const id of [
    "connect-06-node-device",
    "connect-07-node-module",
    "connect-08-node-gateway",
    "connect-09-node-ws",
    "connect-10-node-model",
    "connect-11-node-product",
  ]) {
    it(`${id}: the user name reads like Node's, with every value in strict percent-encoding`, () => {
      const { expected } = vector<unknown, Expected>(id);
      const wanted = parameters(expected.username);
      const identity = id.includes("module") ? module : device;
      const { clientId, username } = connect(identity, wanted["DeviceClientType"] ?? "", wanted["model-id"]);
      expect(clientId).toBe(expected.clientId);
      expect(path(username)).toBe(path(expected.username));
      expect(parameters(username)).toEqual(wanted);
      expect(Object.keys(parameters(username))).toEqual(Object.keys(wanted));
      expect(username.slice(path(username).length)).toMatch(/^[A-Za-z0-9_.~=&%-]*$/);
    });
  }
});

describe("telemetry", () => {
  const topic = (message: Message<unknown>, identity = device): string =>
    telemetryTopic(identity) + encoded(message).bag;
  const expectedTopic = (id: string): string => vector<unknown, { topic: string }>(id).expected.topic;
  const bagOf = (text: string): Map<string, string | null> =>
    new Map(decodePropertyBag(text.slice(text.indexOf("/events/") + "/events/".length)));

  const all: MessageOptions = {
    messageId: "msg-1",
    correlationId: "corr/1",
    userId: "user@x",
    contentType: "application/json",
    contentEncoding: "utf-8",
    expiryTimeUtc: new Date("2025-01-02T03:04:05.678Z"),
  };

  it("tele-01: a message without properties has a topic that ends with the slash", () => {
    expect(topic(new Message("hello"))).toBe(expectedTopic("tele-01-plain"));
    expect(fromUtf8(encoded(new Message("hello")).payload)).toBe("hello");
  });

  it("tele-02: all properties mean what they mean in Python; the expiry time carries its zone", () => {
    const message = new Message("x", {
      ...all,
      customProperties: { b: "2", a: "1", "$.sub": "thermostat1", "$.ifid": "urn:x" },
    });
    const wanted = bagOf(expectedTopic("tele-02-all-python"));
    expect(wanted.get("$.exp")).toBe("2025-01-02T03:04:05.678000");
    expect(bagOf(topic(message))).toEqual(wanted.set("$.exp", "2025-01-02T03:04:05.678Z"));
  });

  it("tele-03: all properties stand in Node's order; the interface id is for security messages only", () => {
    const message = new Message("x", {
      ...all,
      customProperties: { b: "2", a: "1", "dt-subject": "thermostat1" },
    });
    message.to = "/x";
    expect(topic(message)).toBe(expectedTopic("tele-03-all-node").replace("&%24.ifid=urn%3Ax", ""));
  });

  it("tele-04: reserved and foreign characters are escaped byte for byte as in Python; true is 'true'", () => {
    const { input } = vector<{ custom_properties: Record<string, string> }, unknown>("tele-04-nasty-python");
    const { none: _none, ...properties } = input.custom_properties;
    const ours = topic(new Message("x", { customProperties: properties })).split("/events/")[1] ?? "";
    const pythons = expectedTopic("tele-04-nasty-python").split("/events/")[1] ?? "";
    const expected = pythons
      .split("&")
      .filter((part) => part !== "none=None")
      .map((part) => (part === "bool=True" ? "bool=true" : part));
    expect(ours.split("&").sort()).toEqual(expected.sort());
  });

  it("tele-04: a property that is null is refused, where Python sends the string 'None'", () => {
    const { input } = vector<{ custom_properties: Record<string, string> }, unknown>("tele-04-nasty-python");
    const message = new Message("x", { customProperties: input.custom_properties });
    expect(refusal(() => encoded(message)).code).toBe("invalid_argument");
    expect(thrownBy(() => encoded(message))).toHaveProperty(
      "message",
      "The message's customProperties['none'] must be a string, got null",
    );
  });

  it("tele-05: the topic reads as Node's does, though ! ' ( ) * are escaped here and not there", () => {
    const { input } = vector<{ properties: [string, string][] }, unknown>("tele-05-nasty-node");
    const ours = topic(new Message("x", { customProperties: Object.fromEntries(input.properties) }));
    expect(bagOf(ours)).toEqual(bagOf(expectedTopic("tele-05-nasty-node")));
    expect([...bagOf(ours)]).toEqual(input.properties);
    expect(ours).not.toMatch(/[!'()*]/);
    expect(expectedTopic("tele-05-nasty-node")).toMatch(/[!'()*]/);
  });

  it("tele-06: a security message has the interface id of Defender for IoT", () => {
    const message = new Message("x");
    message.setAsSecurityMessage();
    expect(topic(message)).toBe(expectedTopic("tele-06-security"));
  });

  it("tele-07: a module's output stands first in the bag", () => {
    const message = new Message("x", { outputName: "out/put 1", customProperties: { p: "v" } });
    expect(topic(message, module)).toBe(expectedTopic("tele-07-output-python"));
  });

  it("tele-08: an output has no slash behind the bag, which Node adds", () => {
    const message = new Message("x", { outputName: "out/put 1", customProperties: { p: "v" } });
    expect(`${topic(message, module)}/`).toBe(expectedTopic("tele-08-output-node"));
  });

  it("tele-09: keys that Python finds doubled are one key in an object", () => {
    const message = new Message("x", { customProperties: { ...{ 1: "a" }, ...{ "1": "b" } } });
    expect(topic(message)).toBe("devices/device1/messages/events/1=b");
  });

  it("tele-10, tele-11: 262144 bytes pass and one more is refused, text or bytes, saying limit and size", () => {
    expect(encoded(new Message("x".repeat(largestMessageBytes))).payload.length).toBe(262_144);
    for (const body of ["x".repeat(262_145), new Uint8Array(262_145)]) {
      const error = thrownBy(() => encoded(new Message(body)));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({
        code: "message_too_large",
        message: "The message must have at most 262144 bytes (256 KB) with its properties, got 262145",
      });
    }
  });
});

describe("messages to devices and modules", () => {
  const decoded = (id: string, identity: Identity): Message<Uint8Array> => {
    const { input } = vector<{ topic: string }, unknown>(id);
    const read = readTopic(input.topic, identity);
    if (read?.subscription === "c2d" || read?.subscription === "inputs")
      return decodeMessage(read.bag, utf8("payload"), read.name);
    throw new Error("the topic was not read");
  };

  it("c2d-01, c2d-02: system properties have their fields, 'to' as in Node and 'ack' as in Python", () => {
    const { input: python } = vector<{ topic: string }, unknown>("c2d-01");
    const { input: node } = vector<{ topic: string }, unknown>("c2d-02");
    expect(python.topic).toBe(node.topic);
    expect(decoded("c2d-01", device)).toMatchObject({
      messageId: "a/b",
      correlationId: "c1",
      userId: "u x",
      contentType: "application/json",
      contentEncoding: "utf-8",
      ack: "full",
      to: "/devices/device1/messages/deviceBound",
      inputName: undefined,
      data: utf8("payload"),
    });
  });

  it("c2d-01: an expiry of 0 means never and is left out, where Python shows '0'", () => {
    expect(decoded("c2d-01", device).expiryTimeUtc).toBeUndefined();
  });

  it("c2d-01: a bare key is an empty string, '+' a plus, and a value keeps its second '=', which Python cuts off", () => {
    const { expected } = vector<unknown, { decoded: { custom_properties: Record<string, string | null> } }>(
      "c2d-01",
    );
    expect(decoded("c2d-01", device).customProperties).toEqual({
      ...expected.decoded.custom_properties,
      novalue: "",
      eq: "a=b",
    });
  });

  it("input-01: the input's name is decoded, and who sent the message is in its properties", () => {
    const { expected } = vector<
      unknown,
      { input_name: string; decoded: { message_id: string; custom_properties: Record<string, string> } }
    >("input-01");
    const message = decoded("input-01", module);
    expect(message.inputName).toBe(expected.input_name);
    expect(message.messageId).toBe(expected.decoded.message_id);
    expect(message.customProperties).toEqual(expected.decoded.custom_properties);
    expect(message.correlationId).toBeUndefined();
    expect(message.contentType).toBeUndefined();
  });

  it("subs-01: the five filters the hub knows", () => {
    const { filters } = vector<unknown, { filters: Record<string, string> }>("subs-01").expected;
    const filterOf = (name: SubscriptionName, identity = device): string =>
      iotHubDialect.topicFilter(name, identity).filter;
    expect({
      c2d: filterOf("c2d"),
      input: filterOf("inputs", module),
      methods: filterOf("methods"),
      twinres: filterOf("twinResponses"),
      twinpatch: filterOf("twinPatches"),
    }).toEqual(filters);
  });
});

describe("twins and methods", () => {
  it("twin-01: the topics of twin requests", () => {
    const { input, expected } = vector<{ rid: string }, { get: { topic: string }; patch: { topic: string } }>(
      "twin-01-topics",
    );
    expect(iotHubReceiving.encodeTwinRequest(input.rid, undefined).topic).toBe(expected.get.topic);
    expect(iotHubReceiving.encodeTwinRequest(input.rid, "{}").topic).toBe(expected.patch.topic);
  });

  it("twin-02: status, request id and version of a twin response", () => {
    const { input, expected } = vector<{ topic: string }, { rid: string; status: number; version: string }>(
      "twin-02-response",
    );
    const read = readTopic(input.topic, device);
    expect(read).toMatchObject({
      subscription: "twinResponses",
      name: String(expected.status),
      requestId: expected.rid,
    });
    expect(numberIn(read?.bag ?? "", "$version=")).toBe(Number(expected.version));
    expect(numberIn(read?.bag ?? "", "retry-after=")).toBeUndefined();
  });

  it("twin-03: a desired patch merges into the document as in Node", () => {
    const { input, expected } = vector<
      { initialDesired: JsonObject; patchTopic: string; patch: JsonObject },
      { desiredAfter: JsonObject }
    >("twin-03-patch-merge-node");
    expect(applyPatch(input.initialDesired, input.patch)).toEqual(expected.desiredAfter);
    expect(readTopic(input.patchTopic, device)).toMatchObject({
      subscription: "twinPatches",
      bag: "?$version=5",
    });
  });

  it("method-01: name and request id of a call, topic and payload of its answer", () => {
    const { input, expected } = vector<
      { requestTopic: string },
      { name: string; rid: string; responseTopic: string; responsePayloadForNonePython: string }
    >("method-01");
    expect(readTopic(input.requestTopic, device)).toMatchObject({
      subscription: "methods",
      name: expected.name,
      requestId: expected.rid,
    });
    const packet = iotHubDialect.encodeResponse(new MethodResponse(expected.rid, 200));
    expect(fromUtf8(topicOf(packet))).toBe(expected.responseTopic);
    expect(fromUtf8(payloadOf(packet))).toBe(expected.responsePayloadForNonePython);
  });
});

describe("connection strings", () => {
  type Result = { readonly in: unknown; readonly ok?: Record<string, string> };
  const results = (id: string): readonly Result[] =>
    vector<unknown, { results: readonly Result[] }>(id).expected.results;

  // Accepted by Node or .NET; for a file, a shell or a form adds and changes these without anybody noticing.
  const alsoAccepted = new Map<unknown, Record<string, string>>([
    ["HostName=h;DeviceId=d;SharedAccessKey=k;", { HostName: "h", DeviceId: "d", SharedAccessKey: "k" }],
    ["hostname=h;DeviceId=d;SharedAccessKey=k", { HostName: "h", DeviceId: "d", SharedAccessKey: "k" }],
    [" HostName=h;DeviceId=d;SharedAccessKey=k", { HostName: "h", DeviceId: "d", SharedAccessKey: "k" }],
    [
      "HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=a&sig=b&se=1",
      { HostName: "h", DeviceId: "d", SharedAccessSignature: "SharedAccessSignature sr=a&sig=b&se=1" },
    ],
  ]);

  for (const { in: text, ok = alsoAccepted.get(text) } of results("connstr-python")) {
    if (ok !== undefined) {
      it(`connstr-python: accepts ${JSON.stringify(text)}`, () => {
        expect(parseConnectionString(text)).toEqual(ok);
      });
    } else {
      it(`connstr-python: refuses ${JSON.stringify(text)}`, () => {
        expect(refusal(() => parseConnectionString(text))).toEqual({
          name: "ArgumentError",
          code: "invalid_connection_string",
        });
      });
    }
  }

  it("connstr-node: unknown fields and those that appear twice are refused, so that a typing error shows", () => {
    const refused = results("connstr-node").filter(({ in: text, ok }) => {
      if (ok === undefined) return false;
      try {
        expect(parseConnectionString(text)).toEqual(ok);
        return false;
      } catch (error) {
        expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_connection_string" });
        return true;
      }
    });
    expect(refused.map(({ in: text }) => text)).toEqual([
      "HostName=h;HostName=h2;DeviceId=d;SharedAccessKey=k",
      "HostName=h;DeviceId=d;SharedAccessKey=k;Foo=bar",
    ]);
  });
});
