import { afterEach, describe, expect, it } from "vitest";
import type { RegistrationOperation } from "../provisioning/registration-record.ts";
import { startEmulator } from "../start-emulator.ts";
import { call } from "../testing/control.ts";
import { connect, deviceToken, dial } from "../testing/device.ts";
import { registrationToken } from "../testing/provisioning.ts";
import type { Emulator } from "./emulator.ts";

const idScope = "0neTEST";
let first: Emulator;

async function start(): Promise<Emulator> {
  first = await startEmulator({ idScope, provisioningRetryAfterSeconds: 0 });
  return first;
}
afterEach(() => first.close());

/** Registers over HTTP, and returns the state. */
async function register(registrationId: string): Promise<RegistrationOperation["registrationState"]> {
  const { primaryKey } = await first.getEnrollment(registrationId);
  const headers = { authorization: await registrationToken(primaryKey, registrationId) };
  const base = `http://127.0.0.1:${first.endpoints.plainPort}/${idScope}/registrations/${registrationId}`;
  const body = JSON.stringify({ registrationId });
  const put = await fetch(`${base}/register?api-version=2021-06-01`, { method: "PUT", headers, body });
  const { operationId } = (await put.json()) as RegistrationOperation;
  for (;;) {
    const get = await fetch(`${base}/operations/${operationId}?api-version=2021-06-01`, { headers });
    const { registrationState, status } = (await get.json()) as RegistrationOperation;
    if (status !== "assigning") return registrationState;
  }
}

describe("several hubs of one emulator", () => {
  it("are independent, with one authority and one provisioning service", async () => {
    await start();
    const second = await first.createHub("second", { hostName: "127.0.0.1" });
    expect(second).toMatchObject({ hostName: "127.0.0.1", ca: first.ca, idScope: first.idScope });
    expect([...first.hubs().keys()]).toEqual(["localhost", "second"]);
    await second.createDevice("d");
    await expect(first.getDevice("d")).rejects.toMatchObject({ name: "DeviceNotFound" });
    const device = await connect(second, "d", { transport: "tls" });
    await device.client.publishAsync("devices/d/messages/events/", "x", { qos: 1 });
    expect([first.telemetry(), second.telemetry()].map(({ length }) => length)).toEqual([0, 1]);
    expect(await second.createEnrollment("reg")).toEqual(await first.getEnrollment("reg"));
  });

  it("accept only their own names", async () => {
    await start();
    const second = await first.createHub("second", { hostName: "127.0.0.1" });
    await second.createDevice("d");
    const token = await deviceToken(second, "d");
    const device = await dial(second, "d", { token, username: "localhost/d/?api-version=2021-04-12" });
    expect((await device.connected).returnCode).toBe(5);
    const called = await dial(second, "d", { token, username: "second/d/?api-version=2021-04-12" });
    expect((await called.connected).returnCode).toBe(0);
  });

  it("receive devices according to enrollments, by name or host, until the devices are moved", async () => {
    await start();
    const second = await first.createHub("second");
    const third = await first.createHub("third");
    const secondHost = `localhost:${second.endpoints.port}`;
    await first.createEnrollment("by-name", { hubs: ["third"] });
    await first.createEnrollment("by-host", { hubs: [secondHost], initialTwin: { desired: { n: 1 } } });
    await first.createEnrollment("as-usual");
    expect(await register("by-name")).toMatchObject({ assignedHub: `localhost:${third.endpoints.port}` });
    expect(await register("by-host")).toMatchObject({ assignedHub: secondHost });
    expect(await register("as-usual")).toMatchObject({ assignedHub: `localhost:${first.endpoints.port}` });
    const device = await connect(second, "by-host");
    await device.subscribe("$iothub/twin/res/#");
    expect(await device.twin({ r: 1 })).toMatchObject({ status: 204 });
    await first.moveDevice("by-host", "third");
    await device.closed;
    expect((await second.getDevice("by-host")).status).toBe("disabled");
    expect(await register("by-host")).toMatchObject({
      assignedHub: `localhost:${third.endpoints.port}`,
      substatus: "deviceDataMigrated",
    });
    const { desired, reported } = (await third.getTwin("by-host")).properties;
    expect({ desired, reported }).toMatchObject({ desired: { n: 1 }, reported: { r: 1 } });
    await expect(second.getDevice("by-host")).rejects.toMatchObject({ name: "DeviceNotFound" });
    const again = await connect(third, "by-host");
    await again.end();
  });

  it("share the devices of a group", async () => {
    await start();
    const second = await first.createHub("second");
    const ids = Array.from({ length: 20 }, (_, n) => `reg-${n}`);
    for (const id of ids) {
      await first.createEnrollment(id, { hubs: ["localhost", "second"] });
      await register(id);
    }
    const counts = [await first.listDevices(), await second.listDevices()].map(({ length }) => length);
    expect(Math.min(...counts)).toBeGreaterThan(2);
    expect(counts.reduce((sum, one) => sum + one)).toBe(20);
  });

  it("are opened, listed and closed over the control API, each with its own one", async () => {
    await start();
    const created = await call(first, "POST", "/hubs", { name: "second", hostName: "127.0.0.1" });
    expect(created).toMatchObject({ status: 201, body: { name: "second", hostName: "127.0.0.1" } });
    const { endpoints } = created.body as Emulator;
    await call({ endpoints } as Emulator, "POST", "/devices", { deviceId: "d" });
    expect((await first.hubs().get("second")?.listDevices())?.map(({ deviceId }) => deviceId)).toEqual(["d"]);
    await first.createEnrollment("reg");
    await register("reg");
    expect((await call(first, "POST", "/registrations/reg/move", { hub: "second" })).status).toBe(204);
    expect(await register("reg")).toMatchObject({ assignedHub: `127.0.0.1:${endpoints.port}` });
    expect((await call(first, "GET", "/hubs")).body).toMatchObject([{ name: "localhost" }, created.body]);
    expect((await call(first, "DELETE", "/hubs/second")).status).toBe(204);
    await expect(fetch(endpoints.controlUrl)).rejects.toThrow();
    expect(await register("reg")).toMatchObject({ status: "assigned" });
    expect(await call(first, "DELETE", "/hubs/second")).toMatchObject({ status: 404 });
    expect(await call(first, "DELETE", "/hubs/localhost")).toMatchObject({ status: 400 });
    expect(await call(first, "POST", "/registrations/reg/move", { hub: "second" })).toMatchObject({
      status: 400,
    });
  });

  it.each(["", "a b", "-a", "localhost", "second"])("can't be named '%s'", async (name) => {
    await start();
    await first.createHub("second");
    await expect(first.createHub(name)).rejects.toMatchObject({ name: "ArgumentInvalid" });
  });

  it("close with the first one", async () => {
    await start();
    const second = await first.createHub("second");
    await second.createDevice("d");
    const device = await connect(second, "d");
    await first.close();
    await device.closed;
    await expect(fetch(second.endpoints.controlUrl)).rejects.toThrow();
  });
});
