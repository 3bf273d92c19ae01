import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { untilConnected } from "../device.ts";
import { fileFolder } from "../files.ts";
import { createMqttDevice } from "../interop/mqtt-credentials.ts";
import { hubEvent } from "../interop/official-device.ts";
import { startOfficialHub } from "../interop/official-hub.ts";
import { preparePaho } from "../interop/python/prepare.ts";
import { PythonDevice } from "../interop/python/python-device.ts";
import { describeUnless } from "../interop/skipping.ts";

const prepared = await preparePaho();
const { emulator: hub, refused } = await startOfficialHub();
const ca_file = join(fileFolder(), "ca.pem");
await writeFile(ca_file, hub.ca);
afterAll(() => hub.close());

const [python, missing] = "python" in prepared ? [prepared.python, refused[443]] : ["", prepared.missing];
const topicOf = (message: unknown): string => (message as { topic: string }).topic;

describeUnless(missing, "paho-mqtt", () => {
  it.each([
    ["TLS", 8883, "tcp"],
    ["WebSockets", 443, "websockets"],
  ] as const)(
    "sends telemetry, and receives messages, twins and methods over %s",
    async (_, port, transport) => {
      const { deviceId, userName: user_name, password } = await createMqttDevice(hub);
      const device = new PythonDevice(python, "mqtt_device.py");
      const connect = { host: hub.hostName, port, ca_file, transport, client_id: deviceId };
      expect(await device.do("connect", { ...connect, user_name, password })).toBe(0);

      const events = `devices/${deviceId}/messages/events/$.mid=m1&room=kitchen`;
      await device.do("publish", { topic: events, payload: "grüß dich" });
      expect(hub.telemetry(deviceId)).toMatchObject([
        { properties: { room: "kitchen" }, systemProperties: { messageId: "m1" } },
      ]);

      await device.do("subscribe", { topic: `devices/${deviceId}/messages/devicebound/#` });
      const completed = hubEvent(hub, deviceId, "c2dCompleted");
      await hub.sendC2d(deviceId, "lunch is ready", { messageId: "c2d" });
      expect(await device.next("message")).toMatchObject({ payload: "lunch is ready" });
      expect(await completed).toMatchObject({ messageId: "c2d" });

      await device.do("subscribe", { topic: "$iothub/twin/res/#" });
      await device.do("subscribe", { topic: "$iothub/twin/PATCH/properties/desired/#" });
      await device.do("publish", { topic: "$iothub/twin/GET/?$rid=1", payload: "" });
      const twin = await device.next("message");
      expect(topicOf(twin)).toBe("$iothub/twin/res/200/?$rid=1");
      await device.do("publish", {
        topic: "$iothub/twin/PATCH/properties/reported/?$rid=2",
        payload: '{"temperature":21}',
      });
      expect(topicOf(await device.next("message"))).toBe("$iothub/twin/res/204/?$rid=2&$version=2");
      await hub.patchDesired(deviceId, { interval: 5 });
      const topic = "$iothub/twin/PATCH/properties/desired/?$version=2";
      expect(await device.next("message")).toEqual({ topic, payload: '{"interval":5,"$version":2}' });

      await device.do("subscribe", { topic: "$iothub/methods/POST/#" });
      const call = hub.invokeMethod(deviceId, "reboot", { by: 5 }, untilConnected);
      const called = await device.next("message");
      expect(called).toMatchObject({ payload: '{"by":5}' });
      const [, rid] = /^\$iothub\/methods\/POST\/reboot\/\?\$rid=(.*)$/.exec(topicOf(called)) ?? [];
      await device.do("publish", { topic: `$iothub/methods/res/207/?$rid=${rid}`, payload: "{}" });
      expect(await call).toEqual({ status: 207, payload: {} });

      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      await device.do("disconnect");
      expect(await ended).toMatchObject({ reason: "clientDisconnect" });
    },
  );

  it("is rejected with a wrong token", async () => {
    const { deviceId, userName: user_name, password } = await createMqttDevice(hub);
    const device = new PythonDevice(python, "mqtt_device.py");
    const connect = { host: hub.hostName, port: 8883, ca_file, transport: "tcp", client_id: deviceId };
    const wrong = password.replace(/sig=[^&]*/, "sig=AAAA");
    // MQTT 5's code for CONNACK 5.
    expect(await device.do("connect", { ...connect, user_name, password: wrong })).toBe(135);
  });
});
