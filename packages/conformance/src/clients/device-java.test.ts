import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { freshId, untilConnected } from "../device.ts";
import { fileFolder } from "../files.ts";
import { DeviceProgram } from "../interop/device-program.ts";
import { buildJava, missingJava } from "../interop/java/prepare.ts";
import { hubEvent, subscribed } from "../interop/official-device.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { describeUnless } from "../interop/skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
const folder = fileFolder();
const ca = join(folder, "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

let java: readonly string[] = [];

describeUnless(refused[443] ?? missingJava, "iot-device-client of Java", () => {
  beforeAll(async () => {
    java = await buildJava({ project: "java-device", classes: ["Device"] }, folder, ca);
  });

  it.each([
    ["MQTT", "tls"],
    ["MQTT_WS", "wss"],
    ["AMQPS", "tls"],
    ["AMQPS_WS", "wss"],
  ])("sends telemetry, and receives messages, twins and methods over %s", async (protocol, transport) => {
    const { deviceId, device } = await openDevice(protocol);
    expect(hub.sessions().filter((session) => session.deviceId === deviceId)).toMatchObject([{ transport }]);
    await sendsTelemetry(deviceId, device);
    await receivesMessages(deviceId, device);

    await hub.patchDesired(deviceId, { interval: 5, led: { on: true } });
    const ready = subscribed(hub, deviceId, "methods/POST/#");
    await device.do("listen");
    await ready;
    expect(await device.do("twin")).toMatchObject({ desired: { interval: 5, led: { on: true } } });
    const version = await device.do("report", { temperature: 21, old: null });
    const { reported } = (await hub.getTwin(deviceId)).properties;
    expect(reported).toMatchObject({ temperature: 21, $version: version });
    await hub.patchDesired(deviceId, { interval: 10 });
    expect(await device.next("desired")).toEqual({ interval: 10 });
    expect(await hub.invokeMethod(deviceId, "reboot", { by: 5 }, untilConnected)).toEqual({
      status: 207,
      payload: { name: "reboot", got: { by: 5 } },
    });

    const ended = hubEvent(hub, deviceId, "deviceDisconnected");
    await device.do("close");
    // Over AMQP, the client closes its socket without a frame.
    const reason = protocol.startsWith("AMQPS") ? "connectionLost" : "clientDisconnect";
    expect(await ended).toMatchObject({ reason });
    expect(await device.end()).toBe(0);
  });

  it("sends telemetry, and receives messages over HTTPS", async () => {
    const { deviceId, device } = await openDevice("HTTPS");
    // The client sends properties as headers without encoding them, so names must be tokens.
    await sendsTelemetry(deviceId, device, { level: "high" });
    // It sends batches over HTTPS alone.
    await device.do("sendBatch", {
      messages: [
        { body: "one", properties: { "temp unit": "°C" } },
        { body: "two, 世界", properties: { n: "2" } },
      ],
    });
    const batch = hub.telemetry(deviceId).slice(1);
    expect(batch.map(({ body }) => Buffer.from(body).toString())).toEqual(["one", "two, 世界"]);
    expect(batch).toMatchObject([{ properties: { "temp unit": "°C" } }, { properties: { n: "2" } }]);
    await receivesMessages(deviceId, device);
    await device.do("close");
  });

  it("uploads files", async () => {
    const { deviceId, device } = await openDevice("MQTT");
    const blobName = await device.do("upload", { name: "folder/log.txt", text: "grüß dich" });
    expect(blobName).toBe(`${deviceId}/folder/log.txt`);
    expect(new TextDecoder().decode(await hub.readBlob(`${blobName}`))).toBe("grüß dich");
    expect(await hub.uploads(deviceId)).toMatchObject([
      { state: "succeeded", notification: { isSuccess: true } },
    ]);
    await device.do("close");
  });
});

async function openDevice(protocol: string): Promise<{ deviceId: string; device: DeviceProgram }> {
  const deviceId = freshId();
  const connectionString = withoutPort((await hub.createDevice(deviceId)).connectionString);
  const device = new DeviceProgram("java", [...java, "Device"]);
  await device.do("open", { connectionString, protocol });
  return { deviceId, device };
}

async function sendsTelemetry(
  deviceId: string,
  device: DeviceProgram,
  properties: Readonly<Record<string, string>> = { "temp unit": "°C & 50%+/?", level: "high" },
): Promise<void> {
  const system = { messageId: "m-1", correlationId: "c=1&2", contentType: "application/json" };
  await device.do("send", { body: "grüß dich, 世界", properties, contentEncoding: "utf-8", ...system });
  const [message] = hub.telemetry(deviceId);
  expect(Buffer.from(message?.body ?? []).toString()).toBe("grüß dich, 世界");
  expect(message).toMatchObject({ properties, systemProperties: { ...system, contentEncoding: "utf-8" } });
}

async function receivesMessages(deviceId: string, device: DeviceProgram): Promise<void> {
  const completed = hubEvent(hub, deviceId, "c2dCompleted");
  const properties = { room: "kitchen" };
  await hub.sendC2d(deviceId, "lunch is ready, 世界", { messageId: "c2d-1", properties });
  const message = await device.next("message");
  expect(message).toMatchObject({ body: "lunch is ready, 世界", messageId: "c2d-1", properties });
  expect(await completed).toMatchObject({ messageId: "c2d-1", outcome: "Success" });
  expect(hub.c2dQueue(deviceId)).toEqual([]);
}
