// mosquitto_pub and mosquitto_sub as a device: any MQTT client can be one.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findMosquittoClients } from "../../../../scripts/lib/mosquitto.mjs";
import { untilConnected } from "../device.ts";
import { fileFolder } from "../files.ts";
import { runProgram, startProgram } from "../program.ts";
import { createMqttDevice, type MqttCredentials } from "./mqtt-credentials.ts";
import { subscribed } from "./official-device.ts";
import { startOfficialHub } from "./official-hub.ts";
import { describeUnless } from "./skipping.ts";

const clients = findMosquittoClients();
const { emulator: hub, refused } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const argumentsOf = ({ deviceId, userName, password }: MqttCredentials): string[] => [
  ...["-h", hub.hostName, "-p", "8883", "--cafile", ca, "-V", "mqttv311", "-q", "1"],
  ...["-i", deviceId, "-u", userName, "-P", password],
];

const missing = clients === undefined ? "mosquitto's clients aren't installed" : refused[8883];
const { publish = "", subscribe = "" } = clients ?? {};

describeUnless(missing, "mosquitto_pub and mosquitto_sub", () => {
  it("send telemetry", async () => {
    const device = await createMqttDevice(hub);
    const topic = `devices/${device.deviceId}/messages/events/$.mid=m1&room=kitchen`;
    const run = await runProgram(publish, [...argumentsOf(device), "-t", topic, "-m", "hello"]);
    expect(run.code, run.output).toBe(0);
    expect(hub.telemetry(device.deviceId)).toMatchObject([
      {
        body: new TextEncoder().encode("hello"),
        properties: { room: "kitchen" },
        systemProperties: { messageId: "m1" },
      },
    ]);
  });

  it("receive messages", async () => {
    const device = await createMqttDevice(hub);
    await hub.sendC2d(device.deviceId, "lunch is ready", { properties: { room: "kitchen" } });
    const topic = `devices/${device.deviceId}/messages/devicebound/#`;
    const options = ["-t", topic, "-C", "1", "-F", "%p %t"];
    const run = await runProgram(subscribe, [...argumentsOf(device), ...options]);
    expect(run.code, run.output).toBe(0);
    expect(run.output).toMatch(/^lunch is ready devices\/.*room=kitchen/);
    await expect.poll(() => hub.c2dQueue(device.deviceId)).toEqual([]);
  });

  it("receive desired properties, and read and report properties", async () => {
    const device = await createMqttDevice(hub);
    const listening = subscribed(hub, device.deviceId, "desired/#");
    const topics = ["-t", "$iothub/twin/PATCH/properties/desired/#", "-C", "1"];
    const subscriber = startProgram(subscribe, [...argumentsOf(device), ...topics]);
    await listening;
    await hub.patchDesired(device.deviceId, { interval: 5 });
    expect(await subscriber.exit).toBe(0);
    expect(JSON.parse(subscriber.stdout)).toEqual({ interval: 5, $version: 2 });
    const report = ["-t", "$iothub/twin/PATCH/properties/reported/?$rid=1", "-m", '{"temperature":21}'];
    const run = await runProgram(publish, [...argumentsOf(device), ...report]);
    expect(run.code, run.output).toBe(0);
    const { reported } = (await hub.getTwin(device.deviceId)).properties;
    expect(reported).toMatchObject({ temperature: 21 });
  });

  it("receive the calls of methods", async () => {
    const device = await createMqttDevice(hub);
    const options = ["-t", "$iothub/methods/POST/#", "-C", "1", "-F", "%t %p"];
    const subscriber = startProgram(subscribe, [...argumentsOf(device), ...options]);
    // The subscriber can't answer: its session ends with the first message.
    const call = hub.invokeMethod(device.deviceId, "reboot", { by: 5 }, untilConnected).catch(() => {});
    expect(await subscriber.exit).toBe(0);
    expect(subscriber.stdout).toMatch(/^\$iothub\/methods\/POST\/reboot\/\?\$rid=\S+ \{"by":5\}\n$/);
    await call;
  });

  it("are rejected with a wrong token", async () => {
    const device = await createMqttDevice(hub);
    const password = device.password.replace(/sig=[^&]*/, "sig=AAAA");
    const topic = `devices/${device.deviceId}/messages/events/`;
    const options = ["-t", topic, "-m", "hello"];
    const run = await runProgram(publish, [...argumentsOf({ ...device, password }), ...options]);
    expect(run.output).toContain("not authorised");
    expect(hub.telemetry(device.deviceId)).toEqual([]);
  });
});
