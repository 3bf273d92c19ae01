import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { startEmulator } from "../start-emulator.ts";
import { connect } from "../testing/device.ts";
import { documentSchema, type HubDocument } from "./document.ts";
import { parseDocument } from "./read-document.ts";
import { readEnvironment, splitDocument, splitSettings } from "./sources.ts";

const key = btoa("k".repeat(32));
const example: HubDocument = {
  $schema: "hub.schema.json",
  port: 0,
  allowedOrigins: ["https://app.example"],
  telemetryLimit: 5,
  logLevel: "warn",
  policies: { service: { primaryKey: key }, provisioningserviceowner: { primaryKey: key } },
  devices: [
    {
      deviceId: "a",
      primaryKey: key,
      status: "enabled",
      twin: { tags: { floor: 1 }, desired: { interval: 5 }, reported: { state: "new" } },
      modules: [{ moduleId: "m" }, { moduleId: "n", primaryKey: key, twin: { desired: { on: true } } }],
    },
    { deviceId: "camera", primaryThumbprint: "a".repeat(40) },
  ],
  routes: [{ from: { deviceId: "a", moduleId: "m" }, to: { moduleId: "n", input: "in" } }],
  hubs: [{ name: "west" }],
  joinedHubs: ["line-2"],
  enrollments: [{ registrationId: "r", attestation: { type: "symmetricKey", primaryKey: key } }],
  enrollmentGroups: [{ enrollmentGroupId: "g", hubs: ["localhost", "west", "line-2"] }],
};

/** Starts an emulator as the command does. */
function start(document: object): ReturnType<typeof startEmulator> {
  const { settings, state } = splitDocument(parseDocument(JSON.stringify(document), "hub.json"));
  return startEmulator({ ...splitSettings(settings).emulator, seed: state });
}

describe("a configuration", () => {
  it("matches its schema, and fixes names, keys, devices, modules, twins, routes, hubs and enrollments", async () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    const validate = ajv.compile(documentSchema());
    expect(validate(example), ajv.errorsText(validate.errors)).toBe(true);
    expect(validate({ prot: 1 })).toBe(false);

    await using hub = await start(example);
    expect(hub.policyConnectionStrings["service"]).toContain(`SharedAccessKey=${key}`);
    expect(hub.provisioningConnectionString).toContain(`SharedAccessKey=${key}`);
    expect(hub.connectionString("a")).toContain(`;DeviceId=a;SharedAccessKey=${key}`);
    expect(hub.connectionString("a/n")).toContain(`SharedAccessKey=${key}`);
    expect(hub.connectionString("camera")).toContain("x509=true");
    expect(await hub.getTwin("a")).toMatchObject({
      tags: { floor: 1 },
      properties: { desired: { interval: 5 }, reported: { state: "new" } },
    });
    expect(await hub.getTwin("a/n")).toMatchObject({ properties: { desired: { on: true } } });
    expect(hub.routes()).toMatchObject(example.routes ?? []);
    expect([...hub.hubs().keys()]).toEqual(["localhost", "west"]);
    expect(await hub.getEnrollment("r")).toMatchObject({ primaryKey: key });
    expect(await hub.getEnrollmentGroup("g")).toMatchObject({ hubs: ["localhost", "west", "line-2"] });
    const device = await connect(hub, "a");
    await device.end();
  });

  it.each([
    [{ prot: 1 }, "'prot' isn't a field; the fields are $schema, port"],
    [{ port: "8883" }, "port must be an integer from 0 to 65535, got '8883'"],
    [{ devices: {} }, "devices must be an array, got an object"],
    [{ devices: ["a"] }, "devices[0] must be an object, got 'a'"],
    [{ devices: [{ deviceId: "a" }, {}] }, "devices[1].deviceId must be 1 to 128 characters of A-Z"],
    [{ devices: [{ deviceId: "a b" }] }, "devices[0].deviceId must be 1 to 128 characters of A-Z a-z 0-9"],
    [
      { devices: [{ deviceId: "a", primaryKey: "secret" }] },
      "devices[0].primaryKey must be base64 of 16 to 64 bytes, got a string of 6 characters",
    ],
    [
      { devices: [{ deviceId: "a", modules: [{ moduleId: "m", twin: { desired: [] } }] }] },
      "devices[0].modules[0].twin.desired must be an object, got an array",
    ],
    [{ devices: [{ deviceId: "a", twin: { desired: { "a b": 1 } } }] }, "devices[0].twin.desired: "],
    [
      { devices: [{ deviceId: "a" }, { deviceId: "a" }] },
      "devices[1].deviceId must be unique, got 'a' again",
    ],
    [{ policies: { root: {} } }, "'policies.root' isn't a field; the fields are iothubowner"],
    [{ caCertificates: ["x"] }, "caCertificates[0]: The certificate authority is not valid"],
    [
      { routes: [{ from: { deviceId: "a", moduleId: "m" }, to: { moduleId: "n", input: "i" } }] },
      "routes[0]: ",
    ],
    [
      { enrollments: [{ registrationId: "r", hubs: ["east"] }] },
      "enrollments[0]: The enrollment is not valid: 'east'",
    ],
    [{ partitions: 33 }, "partitions must be an integer from 1 to 32, got 33"],
    [{ eventHubs: ["events"] }, "eventHubs[0]: An event hub must have a name of 1 to 256"],
    [
      { messageRoutes: [{ name: "r", source: "DeviceMessages", endpoint: "none" }] },
      "messageRoutes[0]: There is no event hub 'none'",
    ],
    [
      { messageRoutes: [{ name: "r", source: "Telemetry", endpoint: "events" }] },
      "messageRoutes[0].source must be one of DeviceMessages",
    ],
    [{ enrollmentGroups: [{}] }, "enrollmentGroups[0].enrollmentGroupId must be a string, got undefined"],
    [{ joinedHubs: ["a b"] }, "joinedHubs[0] must be 1 to 50 letters, digits and -, got 'a b'"],
    [{ hubs: [{ name: "a b" }] }, "hubs[0].name must be 1 to 50 letters, digits and -, got 'a b'"],
  ])("is refused with the path of what is wrong: %j", async (document, message) => {
    await expect((async () => start(document))()).rejects.toThrow(message);
  });

  it("describes partitions, consumer groups, event hubs and the routes to them", async () => {
    await using hub = await start({
      partitions: 3,
      consumerGroups: ["dashboard"],
      eventHubs: ["alarms"],
      messageRoutes: [
        { name: "hot", source: "DeviceMessages", endpoint: "alarms", condition: "hot = 'yes'" },
      ],
    });
    const described = async (): Promise<void> => {
      expect(hub.consumerGroups()).toEqual(["$Default", "dashboard"]);
      expect(hub.eventHubs().map(({ name }) => name)).toEqual(["localhost", "alarms"]);
      expect(hub.messageRoutes()).toMatchObject([
        { name: "hot", endpoint: "alarms", condition: "hot = 'yes'" },
      ]);
    };
    await described();
    hub.createConsumerGroup("more");
    hub.deleteMessageRoute("hot");
    await hub.reset();
    await described();
    const environment = readEnvironment({
      ISOHUB_EMULATOR_PARTITIONS: "8",
      ISOHUB_EMULATOR_CONSUMER_GROUP: "one, two",
    });
    expect(environment).toEqual({ partitions: 8, consumerGroups: ["one", "two"] });
  });

  it("that isn't JSON is refused with the place, and without its content", () => {
    expect(() => parseDocument('{\n  "key": "secret"\n  "x": 1 }', "hub.json")).toThrow(
      /^hub.json must be valid JSON: line 3, column 3 must be ',' or '}', got '"'$/,
    );
    expect(() => parseDocument("secret", "hub.json")).toThrow(/^hub.json must be valid JSON/);
    expect(() => parseDocument("secret", "hub.json")).not.toThrow(/secret/);
    expect(() => parseDocument("[]", "hub.json")).toThrow("hub.json must be a JSON object");
  });

  it("with well-known keys gives the same connection strings everywhere", async () => {
    const strings = async (): Promise<unknown> => {
      await using hub = await startEmulator({ wellKnownKeys: true, advertise: "hub.example" });
      const { connectionString } = await hub.createDevice("d");
      const { primaryKey } = await hub.createEnrollment("r");
      return [connectionString, hub.serviceConnectionString]
        .map((text) => text.replace(/:\d+/, ""))
        .concat(primaryKey);
    };
    const [device, service, enrollment] = (await strings()) as string[];
    expect(await strings()).toEqual([device, service, enrollment]);
    expect(device).toMatch(/^HostName=hub.example;DeviceId=d;SharedAccessKey=.{44}$/);
    expect(new Set([device, service, enrollment].map((text) => text?.slice(-44))).size).toBe(3);
  });
});
