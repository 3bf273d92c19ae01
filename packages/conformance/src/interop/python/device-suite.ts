import type { Emulator } from "@isohub/emulator";
import { expect, it } from "vitest";
import { freshId, untilConnected } from "../../device.ts";
import { hubEvent } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";
import { PythonDevice } from "./python-device.ts";

/** The environment of the suite. */
export interface PythonFixtures {
  readonly hub: Emulator;
  readonly python: string;
  readonly websockets: boolean;
}

export function pythonSuite({ hub, python, websockets }: PythonFixtures): void {
  it("identifies itself, and its process ends after shutdown", async () => {
    const { deviceId, device } = await createDevice();
    const connected = hubEvent(hub, deviceId, "deviceConnected");
    await device.do("connect");
    expect(await connected).toMatchObject({ transport: websockets ? "wss" : "tls", clean: false });
    expect(sessionsOf(deviceId)).toMatchObject([{ clientId: deviceId, keepAlive: 60 }]);
    expect(sessionsOf(deviceId)[0]?.userAgent).toMatch(/^azure-iot-device-iothub-py\/2\.14\.0\(/);
    const ended = hubEvent(hub, deviceId, "deviceDisconnected");
    await device.do("shutdown");
    expect(await ended).toMatchObject({ reason: "clientDisconnect" });
    expect(await device.end()).toBe(0);
  });

  it("sends telemetry with reserved and non-ASCII characters, and system properties", async () => {
    const { deviceId, device } = await createDevice();
    const properties = { "temp unit": "°C & 'x'=50%+/?#~!*()", $dollar: "$v", "emoji😀": "ключ", empty: "" };
    await device.do("send", {
      body: "grüß dich, 世界",
      properties,
      message_id: "m/1 ü",
      correlation_id: "c=1&2",
      user_id: "user 1",
      content_type: "application/json",
      expiry: "2031-01-02T03:04:05+00:00",
      security: true,
    });
    const [message] = hub.telemetry(deviceId);
    expect(Buffer.from(message?.body ?? []).toString()).toBe("grüß dich, 世界");
    expect(message?.properties).toEqual(properties);
    expect(message?.systemProperties).toMatchObject({
      messageId: "m/1 ü",
      correlationId: "c=1&2",
      userId: "user 1",
      contentType: "application/json",
      contentEncoding: "utf-8",
      expiryTimeUtc: "2031-01-02T03:04:05+00:00",
      interfaceId: "urn:azureiot:Security:SecurityAgent:1",
    });
  });

  it("receives and completes cloud-to-device messages", async () => {
    const { deviceId, device } = await createDevice();
    const completed = hubEvent(hub, deviceId, "c2dCompleted", ({ messageId }) => messageId === "second");
    const properties = { plus: "a+b", amp: "a&b", percent: "%41" };
    await hub.sendC2d(deviceId, "grüß dich", {
      messageId: "first/1",
      correlationId: "c=1",
      userId: "u 1",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      ack: "full",
      properties,
    });
    await device.do("listen");
    expect(await device.next("message")).toMatchObject({
      body: "grüß dich",
      messageId: "first/1",
      correlationId: "c=1",
      userId: "u 1",
      contentType: "text/plain",
      contentEncoding: "utf-8",
      ack: "full",
      properties,
    });
    await hub.sendC2d(deviceId, "again", { messageId: "second" });
    expect(await device.next("message")).toMatchObject({ body: "again" });
    await completed;
    expect(hub.c2dQueue(deviceId)).toEqual([]);
  });

  it("reads its twin, reports properties, and receives desired patches", async () => {
    const { deviceId, device } = await createDevice();
    await hub.patchTags(deviceId, { building: 43 });
    await hub.patchDesired(deviceId, { interval: 5, led: { on: true, colours: ["rot", "grün"] } });
    await device.do("listen");
    expect(await device.do("twin")).toEqual({
      desired: { interval: 5, led: { on: true, colours: ["rot", "grün"] }, $version: 2 },
      reported: { $version: 1 },
    });
    await device.do("report", { patch: { network: { ssid: "café ☕", strength: -61 }, old: true } });
    await device.do("report", { patch: { network: { strength: -70 }, old: null } });
    const { $metadata, ...reported } = (await hub.getTwin(deviceId)).properties.reported;
    expect(reported).toEqual({ network: { ssid: "café ☕", strength: -70 }, $version: 3 });
    await hub.patchDesired(deviceId, { interval: 10, led: null });
    expect(await device.next("desired", byVersion(3))).toEqual({ interval: 10, led: null, $version: 3 });
    await expect(device.do("report", { patch: { "a.b": 1 } })).rejects.toMatchObject({
      name: "ClientError",
      cause: "ServiceError",
      message: expect.stringContaining("400"),
    });
  });

  it("responds to direct methods", async () => {
    const { deviceId, device } = await createDevice();
    await device.do("listen");
    expect(await hub.invokeMethod(deviceId, "größer machen", { by: 5 }, untilConnected)).toEqual({
      status: 207,
      payload: { name: "größer machen", got: { by: 5 } },
    });
    expect(await hub.invokeMethod(deviceId, "ping", undefined, untilConnected)).toEqual({
      status: 207,
      payload: { name: "ping", got: null },
    });
  });

  it("continues after a lost connection without subscribing again", async () => {
    const { deviceId, device } = await createDevice();
    await device.do("listen");
    await device.do("twin");
    expect(await device.next("connected")).toBe(true);
    const filters: string[] = [];
    const stop = hub.on((event) => {
      if (event.type === "subscribed" && event.deviceId === deviceId) filters.push(event.filter);
    });

    const back = hubEvent(hub, deviceId, "deviceConnected");
    expect(hub.kick(deviceId)).toBe(true);
    await hub.patchDesired(deviceId, { interval: 7 });
    await hub.sendC2d(deviceId, "while you were away");
    expect(await back).toMatchObject({ sessionPresent: true });
    expect(await device.next("connected")).toBe(false);
    expect(await device.next("background")).toBe("ConnectionDroppedError");
    expect(await device.next("connected")).toBe(true);

    expect(await device.next("message")).toMatchObject({ body: "while you were away" });
    // The client reads the twin after reconnecting, and reports what it has missed as a patch.
    expect(await device.next("desired", byVersion(2))).toEqual({ interval: 7, $version: 2 });
    await hub.patchDesired(deviceId, { interval: 8 });
    expect(await device.next("desired", byVersion(3))).toEqual({ interval: 8, $version: 3 });
    expect(await hub.invokeMethod(deviceId, "ping", null, untilConnected)).toMatchObject({ status: 207 });
    await device.do("send", { body: "still here" });
    expect(hub.telemetry(deviceId)).toHaveLength(1);
    expect(filters).toEqual([]);
    stop();
  });

  it("is rejected with a wrong key", async () => {
    const { deviceId, device } = await createDevice(Buffer.alloc(32, 7).toString("base64"));
    const refused = hubEvent(hub, deviceId, "connectionRefused");
    await expect(device.do("connect")).rejects.toMatchObject({
      name: "CredentialError",
      cause: "UnauthorizedError",
    });
    expect(await refused).toMatchObject({ reason: "badCredential", returnCode: 5 });
    expect(sessionsOf(deviceId)).toEqual([]);
  });

  async function createDevice(otherKey?: string): Promise<{ deviceId: string; device: PythonDevice }> {
    const deviceId = freshId();
    const connectionString = withoutPort((await hub.createDevice(deviceId)).connectionString);
    const device = new PythonDevice(python, "device.py");
    await device.do("create", {
      connection_string:
        otherKey === undefined ? connectionString : connectionString.replace(/Key=.*/, `Key=${otherKey}`),
      ca: hub.ca,
      websockets,
    });
    return { deviceId, device };
  }

  function sessionsOf(deviceId: string) {
    return hub.sessions().filter((session) => session.deviceId === deviceId);
  }
}

function byVersion(version: number): (patch: unknown) => boolean {
  return (patch) => (patch as { $version: number }).$version === version;
}
