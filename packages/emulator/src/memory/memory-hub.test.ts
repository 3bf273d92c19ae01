import { afterEach, describe, expect, it } from "vitest";
import { createMemoryHub, type MemoryHub } from "./create-memory-hub.ts";

let hub: MemoryHub | undefined;
afterEach(() => hub?.close());

describe("a hub in memory", () => {
  it("serves telemetry, twins, methods and messages without sockets", async () => {
    hub = createMemoryHub();
    const { connectionString } = await hub.createDevice("thermostat");
    const client = hub.IoTHubDeviceClient.createFromConnectionString(connectionString);
    client.handleMethod("add", ({ payload }) => ({ payload: Number(payload) + 1 }));
    const received: string[] = [];
    client.on("message", (message) => void received.push(message.text()));
    await client.sendMessage({ temperature: 21.5 });
    expect(hub.telemetry("thermostat")).toHaveLength(1);
    await client.patchTwinReportedProperties({ firmware: "1" });
    expect((await hub.getTwin("thermostat")).properties.reported).toMatchObject({ firmware: "1" });
    expect(await hub.invokeMethod("thermostat", "add", 1)).toMatchObject({ status: 200, payload: 2 });
    await hub.sendC2d("thermostat", "hello");
    await expect.poll(() => received).toEqual(["hello"]);
    await client.shutdown();
    expect(hub.sessions()).toEqual([]);
  });

  it("has faults: devices reconnect, and a hub that is down refuses them", async () => {
    hub = createMemoryHub();
    const { connectionString } = await hub.createDevice("d");
    const client = hub.IoTHubDeviceClient.createFromConnectionString(connectionString, {
      retryPolicy: () => 10,
    });
    await client.connect();
    hub.faults.drop("d", { afterPublishes: 1 });
    await client.sendMessage("again");
    expect(hub.telemetry("d").length).toBe(2);
    await hub.faults.stopListening();
    const other = hub.IoTHubDeviceClient.createFromConnectionString(connectionString);
    await expect(other.connect()).rejects.toMatchObject({ code: "connect_failed" });
    await hub.faults.listenAgain();
    await client.sendMessage("back");
    await Promise.all([client.shutdown(), other.shutdown()]);
  });

  it("refuses a wrong key, and provisions devices", async () => {
    hub = createMemoryHub();
    const { connectionString } = await hub.createDevice("d");
    const wrong = connectionString.replace(/SharedAccessKey=.*/, `SharedAccessKey=${btoa("another key")}`);
    const intruder = hub.IoTHubDeviceClient.createFromConnectionString(wrong);
    await expect(intruder.connect()).rejects.toMatchObject({ code: "not_authorized" });
    const { primaryKey } = await hub.createEnrollment("new");
    const client = hub.IoTHubDeviceClient.createFromProvisioning({
      provisioningHost: hub.hostName,
      idScope: hub.idScope,
      registrationId: "new",
      symmetricKey: primaryKey,
    });
    await client.connect();
    expect(hub.sessions().map(({ deviceId }) => deviceId)).toEqual(["new"]);
    await Promise.all([client.shutdown(), intruder.shutdown()]);
  });
});
