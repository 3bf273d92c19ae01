import { afterAll, expect, it } from "vitest";
import { freshId, untilConnected } from "../device.ts";
import { hubEvent } from "../interop/official-device.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { prepareMicrocontroller } from "../interop/python/prepare.ts";
import { PythonDevice } from "../interop/python/python-device.ts";
import { describeUnless } from "../interop/skipping.ts";

const prepared = await prepareMicrocontroller();
const { emulator: hub, refused } = await startOfficialHub(undefined, { provisioningRetryAfterSeconds: 1 });
afterAll(() => hub.close());

const [python, missing] = "python" in prepared ? [prepared.python, refused[8883]] : ["", prepared.missing];

describeUnless(missing, "adafruit-circuitpython-azureiot on CPython", () => {
  it("sends telemetry, and receives messages, twins and methods", async () => {
    const deviceId = freshId();
    const connection_string = withoutPort((await hub.createDevice(deviceId)).connectionString);
    await hub.patchDesired(deviceId, { interval: 5 });
    const device = new PythonDevice(python, "adafruit.py");
    await device.do("connect", { connection_string, ca: hub.ca });
    expect(await device.next("desired")).toEqual({ name: "interval", value: 5, version: 2 });

    // The library sends with QoS 0.
    const arrived = hubEvent(hub, deviceId, "telemetry");
    await device.do("send", { body: '{"temperature":21}', properties: { "$.mid": "m1", room: "kitchen" } });
    await arrived;
    expect(hub.telemetry(deviceId)).toMatchObject([
      { properties: { room: "kitchen" }, systemProperties: { messageId: "m1" } },
    ]);

    await hub.sendC2d(deviceId, "lunch is ready", { properties: { room: "kitchen" } });
    const message = await device.next("message");
    expect(message).toMatchObject({ body: "lunch is ready", properties: { room: "kitchen" } });

    const reported = hubEvent(hub, deviceId, "twinReported");
    await device.do("report", { patch: { temperature: 21 } });
    await reported;
    expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({ temperature: 21 });
    await hub.patchDesired(deviceId, { interval: 10 });
    expect(await device.next("desired")).toEqual({ name: "interval", value: 10, version: 3 });
    expect(await hub.invokeMethod(deviceId, "reboot", { by: 5 }, untilConnected)).toEqual({
      status: 207,
      payload: { name: "reboot", got: { by: 5 } },
    });

    const ended = hubEvent(hub, deviceId, "deviceDisconnected");
    await device.do("disconnect");
    expect(await ended).toMatchObject({ reason: "clientDisconnect" });
    expect(await device.end()).toBe(0);
  });

  it("registers with the provisioning service", async () => {
    const device_id = freshId();
    const { primaryKey: key } = await hub.createEnrollment(device_id);
    const device = new PythonDevice(python, "adafruit.py");
    const input = { host: hub.hostName, ca: hub.ca, id_scope: hub.idScope, device_id, key };
    expect(await device.do("register", input)).toBe(hub.hostName);
  });
});
