import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { TestHub } from "../../testing/hub.ts";
import type { MessageSource } from "./message-router.ts";
import type { TelemetryMessage } from "./telemetry-message.ts";

function newHub(store: MemoryStore = new MemoryStore()): TestHub {
  return new TestHub(new VirtualClock(), { store });
}

/** Sends a message as a device does, over the session of a registered device. */
async function send(hub: TestHub, bag: string, body = ""): Promise<void> {
  const { session } = await hub.device("d");
  expect(hub.from(session, `devices/d/messages/events/${bag}`, body)).toBeUndefined();
}

function messagesOf(hub: TestHub, name: string): TelemetryMessage[] {
  const { messages } = hub.eventHubs.find(name) ?? {};
  return messages?.read() ?? [];
}

const textOf = ({ body }: TelemetryMessage): string => new TextDecoder().decode(body);

describe("message routes", () => {
  it("lead to an event hub, and the other messages to the built-in one", async () => {
    const hub = newHub();
    hub.identities.create({ deviceId: "d" }, {});
    hub.eventHubs.create("alarms");
    const condition = "level = 'hot' OR $body.temperature > 30 OR $twin.tags.floor = 2";
    hub.router.create("hot", { source: "DeviceMessages", endpoint: "alarms", condition });
    hub.router.create("again", { source: "DeviceMessages", endpoint: "ALARMS", condition: "level = 'hot'" });
    await send(hub, "level=hot", "1");
    await send(hub, "level=cold", "2");
    await send(hub, "", '{"temperature":31}');
    hub.twins.patchTags({ deviceId: "d" }, { floor: 2 });
    await send(hub, "", "4");
    expect(messagesOf(hub, "alarms").map(textOf)).toEqual(["1", '{"temperature":31}', "4"]);
    expect(messagesOf(hub, "localhost").map(textOf)).toEqual(["2"]);
    hub.router.create("all", { source: "DeviceMessages", endpoint: "events" });
    await send(hub, "level=hot", "5");
    expect(messagesOf(hub, "localhost").map(textOf)).toEqual(["2", "5"]);
    hub.router.delete("hot");
    hub.router.delete("again");
    await send(hub, "level=hot", "6");
    expect(messagesOf(hub, "alarms").map(textOf).at(-1)).toBe("5");
  });

  it("read the names of properties in any case", async () => {
    const hub = newHub();
    hub.identities.create({ deviceId: "d" }, {});
    hub.eventHubs.create("alarms");
    const condition = "as_number(Status) > 1 AND LEVEL = 'hot' AND $ContentType = 'text/plain'";
    hub.router.create("hot", { source: "DeviceMessages", endpoint: "alarms", condition });
    await send(hub, "Status=2&Level=hot&%24.ct=text%2Fplain", "1");
    await send(hub, "Status=1&Level=hot&%24.ct=text%2Fplain", "2");
    expect(messagesOf(hub, "alarms").map(textOf)).toEqual(["1"]);
  });

  it("are checked", () => {
    const hub = newHub();
    const create = (source: string, endpoint: string, condition = "true", name = "r"): unknown =>
      hub.router.create(name, { source: source as MessageSource, endpoint, condition });
    expect(() => create("Telemetry", "events")).toThrow("source must be one of DeviceMessages");
    expect(() => create("DeviceMessages", "nowhere")).toThrow("no event hub 'nowhere'");
    expect(() => create("DeviceMessages", "events", "level =")).toThrow("the end");
    expect(() => create("DeviceMessages", "events", "true", "a b")).toThrow("a name of 1 to 64");
    expect(() => hub.router.delete("r")).toThrow("no route 'r'");
    expect(() => hub.eventHubs.create("events")).toThrow("other than events");
  });

  it("survive a restart with their event hubs and messages", async () => {
    const store = new MemoryStore();
    const hub = newHub(store);
    hub.identities.create({ deviceId: "d" }, {});
    hub.eventHubs.create("alarms").addConsumerGroup("phone");
    hub.router.create("all", { source: "DeviceMessages", endpoint: "alarms" });
    await send(hub, "", "1");
    const again = newHub(new MemoryStore(JSON.parse(JSON.stringify(store.snapshot()))));
    await send(again, "", "2");
    expect(messagesOf(again, "alarms").map(textOf)).toEqual(["1", "2"]);
    expect(again.eventHubs.find("alarms")?.consumerGroups).toEqual(["$Default", "phone"]);
  });
});

describe("messages of the hub", () => {
  it("are made of changes, as far as routes select them", async () => {
    const hub = newHub();
    hub.identities.create({ deviceId: "before" }, {});
    for (const source of [
      "TwinChangeEvents",
      "DeviceLifecycleEvents",
      "DeviceConnectionStateEvents",
    ] as const) {
      hub.router.create(source, { source, endpoint: "events" });
    }
    hub.identities.create({ deviceId: "d" }, {});
    const { connection } = await hub.device("d");
    hub.twins.patchReported({ deviceId: "d" }, { t: 1 });
    hub.twins.change({ deviceId: "d" }, { tags: { floor: 1 }, desired: { x: 2 } }, { how: "replace" });
    connection.end("kicked");
    hub.identities.delete({ deviceId: "d" });
    const seen = messagesOf(hub, "localhost");
    expect(seen.map(({ properties }) => properties["opType"])).toEqual([
      "createDeviceIdentity",
      "deviceConnected",
      "updateTwin",
      "replaceTwin",
      "deviceDisconnected",
      "deleteDeviceIdentity",
    ]);
    const [created, , updated, replaced] = seen;
    expect(created).toMatchObject({
      deviceId: "d",
      properties: {
        hubName: "localhost",
        deviceId: "d",
        "iothub-message-schema": "deviceLifecycleNotification",
        operationTimestamp: expect.stringMatching(/^20/),
      },
      systemProperties: {
        contentType: "application/json",
        contentEncoding: "utf-8",
        connectionDeviceId: "d",
        messageSource: "deviceLifecycleEvents",
      },
    });
    const json = (message: TelemetryMessage | undefined): unknown =>
      message === undefined ? undefined : JSON.parse(textOf(message));
    expect(json(created)).toMatchObject({ deviceId: "d", properties: { desired: {}, reported: {} } });
    expect(json(updated)).toEqual({
      version: expect.any(Number),
      properties: {
        reported: { t: 1, $version: 2, $metadata: expect.objectContaining({ t: expect.anything() }) },
      },
    });
    expect(json(replaced)).toMatchObject({
      tags: { floor: 1 },
      properties: { desired: { x: 2, $version: 2 } },
    });
    for (const { name } of hub.router.list()) hub.router.delete(name);
    hub.identities.create({ deviceId: "d2" }, {});
    hub.twins.patchReported({ deviceId: "d2" }, { t: 1 });
    expect(messagesOf(hub, "localhost")).toHaveLength(seen.length);
  });
});
