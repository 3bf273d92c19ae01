import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { certificate } from "../../test/certificates.ts";
import * as isohub from "../index.ts";
import { leanEngine } from "../lean.ts";
import { memoryPlatform } from "../testing/memory-platform.ts";
import { memoryRuntime } from "../testing.ts";

/** The names in Python's package according to `inspect`: testdata/python-names.py. */
const python = JSON.parse(
  readFileSync(new URL("../../testdata/python-names.json", import.meta.url), "utf8"),
) as {
  version: string;
  blocking: Record<string, Described>;
  asyncio: Record<string, Described>;
  types: Record<string, Described & { constructor: string[] }>;
  exceptions: string[];
};

interface Described {
  readonly methods: Record<string, string[]>;
  readonly attributes: string[];
}

/** Python's names without a camelCase equivalent, each with its replacement. */
const otherwise: Record<string, string> = {
  // JavaScript's errors end in Error.
  OperationCancelled: "OperationCancelledError",
  OperationTimeout: "OperationTimeoutError",
  // A constant of the library that Python's client uses for SOCKS.
  "ProxyOptions.proxy_type_socks": "",
};

/** Python's optional parameters that are fields of an options object here. */
const inOptions: Record<string, readonly string[]> = {
  receive_message: ["block", "timeout"],
  receive_message_on_input: ["block", "timeout"],
  receive_method_request: ["block", "timeout"],
  receive_twin_desired_properties_patch: ["block", "timeout"],
  "Message()": ["message_id", "content_encoding", "content_type", "output_name"],
};

/** Keyword options of the factories, which `inspect` doesn't list. */
const keywordOptions: Record<string, unknown> = {
  server_verification_cert: certificate,
  gateway_hostname: "gateway",
  websockets: true,
  cipher: "ECDHE-RSA-AES128-GCM-SHA256",
  product_info: "product",
  proxy_options: new isohub.ProxyOptions("HTTP", "proxy", 3128),
  sastoken_ttl: 60,
  keep_alive: 30,
  auto_connect: false,
  connection_retry: false,
  connection_retry_interval: 5,
  ensure_desired_properties: false,
};

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

const ours = isohub as unknown as Record<string, { prototype: object } | undefined>;

const members = (owner: object | undefined): Set<string> => {
  const names = new Set<string>();
  for (let at = owner; at !== undefined && at !== null; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return names;
};

/** Returns the names of a function's parameters from its source. */
const parameters = (owner: object, name: string): string[] => {
  const source = String(Reflect.get(owner, name));
  const list = source.slice(source.indexOf("(") + 1, source.indexOf(")"));
  return list
    .split(",")
    .map((part) => part.trim().replace(/[\s=:].*$/s, ""))
    .filter(Boolean);
};

describe(`every name of azure-iot-device ${python.version}`, () => {
  for (const [variant, classes] of Object.entries({ blocking: python.blocking, asyncio: python.asyncio })) {
    for (const name of ["IoTHubDeviceClient", "IoTHubModuleClient"]) {
      const { methods, attributes } = classes[name] ?? { methods: {}, attributes: [] };
      describe(`${name} (${variant})`, () => {
        const owner = ours[name];
        it.each(Object.keys(methods))("has the method %s with its parameters", (method) => {
          const isFactory = method.startsWith("create_");
          const holder = isFactory ? owner : owner?.prototype;
          expect(members(holder)).toContain(camel(method));
          const named = parameters(Object(holder), camel(method));
          const wanted = (methods[method] ?? [])
            .filter((one) => !inOptions[method]?.includes(one))
            .map(camel);
          expect(named.slice(0, wanted.length)).toEqual(wanted);
          // Options come last, in every method.
          expect(named.slice(wanted.length)).toEqual(["options"]);
        });
        it.each(attributes)("has the attribute %s", (attribute) => {
          expect(members(owner?.prototype)).toContain(camel(attribute));
        });
      });
    }
  }

  const examples: Record<string, object> = {
    Message: new isohub.Message("x"),
    MethodRequest: { requestId: "1", name: "m", payload: null } satisfies isohub.MethodRequest,
    MethodResponse: new isohub.MethodResponse("1", 200),
    X509: new isohub.X509("cert", "key"),
    ProxyOptions: new isohub.ProxyOptions("HTTP", "proxy", 3128),
  };

  for (const [name, example] of Object.entries(examples)) {
    const type = python.types[name];
    describe(name, () => {
      const wanted = [...(type?.attributes ?? []), ...Object.keys(type?.methods ?? {})]
        .filter((one) => otherwise[`${name}.${one}`] === undefined)
        .filter((one) => !one.startsWith("create_"));
      it.each(wanted)("has %s", (member) => {
        expect(members(example)).toContain(camel(member));
      });
      it.each(Object.keys(type?.methods ?? {}).filter((one) => one.startsWith("create_")))(
        "has %s",
        (method) => {
          expect(members(ours[name])).toContain(camel(method));
        },
      );
    });
  }

  it.each(["MethodResponse", "X509", "ProxyOptions", "Message"])(
    "%s is constructed with Python's parameters",
    (name) => {
      const wanted = (python.types[name]?.constructor ?? []).filter(
        (one) => !inOptions[`${name}()`]?.includes(one),
      );
      const source = String(ours[name]);
      const list = /constructor\(([^)]*)\)/.exec(source)?.[1] ?? "";
      const named = list.split(",").map((part) => part.trim().replace(/[\s=:].*$/s, ""));
      expect(named.slice(0, wanted.length)).toEqual(wanted.map(camel));
    },
  );

  it.each(python.exceptions)("has the exception %s", (name) => {
    expect(members(isohub)).toContain(otherwise[name] ?? name);
    expect(Object.getPrototypeOf(ours[otherwise[name] ?? name])).toBe(isohub.IsoHubError);
  });

  it.each(Object.keys(keywordOptions))("accepts the option %s", (option) => {
    class Client extends isohub.IoTHubDeviceClient {
      protected static override readonly platform = memoryPlatform(
        memoryRuntime(["tcp", "customTrust", "cipher", "proxy"]),
        leanEngine,
      );
    }
    const client = Client.createFromSymmetricKey("a2V5", "hub", "device", {
      [camel(option)]: keywordOptions[option],
    });
    expect(client).toBeInstanceOf(isohub.IoTHubDeviceClient);
  });
});
