import { createCertificate } from "@isohub/emulator";
import { Client, Message, ModuleClient } from "azure-iot-device";
import { Amqp, AmqpWs } from "azure-iot-device-amqp";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { hubEvent, inbox, subscribed } from "./official-device.ts";
import { startOfficialHub, withoutPort } from "./official-hub.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
afterAll(() => hub.close());

async function open(client: Client): Promise<Client>;
async function open(client: ModuleClient): Promise<ModuleClient>;
async function open(client: Client | ModuleClient): Promise<Client | ModuleClient> {
  onTestFinished(() => {
    // A client whose connection was cut off waits 45 s for its links to detach, and then reports that they didn't.
    client.close().catch(() => {});
  });
  await client.setOptions({ ca: hub.ca });
  await client.open();
  return client;
}

const update = (twin: Awaited<ReturnType<Client["getTwin"]>>, patch: object): Promise<void> =>
  new Promise((resolve, reject) => {
    twin.properties.reported.update(patch, (error: Error | undefined) => (error ? reject(error) : resolve()));
  });

describeUnless(refused[443], "azure-iot-device over AMQP", () => {
  it.each([
    ["TLS", Amqp, "tls"],
    ["WebSockets", AmqpWs, "wss"],
  ] as const)(
    "sends telemetry, and receives messages, twins and methods over %s",
    async (_, Transport, transport) => {
      const deviceId = freshId();
      const { connectionString } = await hub.createDevice(deviceId);
      const client = await open(Client.fromConnectionString(withoutPort(connectionString), Transport));
      expect(hub.sessions().filter((session) => session.deviceId === deviceId)).toMatchObject([
        { transport },
      ]);

      const message = new Message("grüß dich");
      Object.assign(message, { messageId: "m/1", correlationId: "c", contentType: "text/plain" });
      message.properties.add("a=b", "c&d");
      await client.sendEvent(message);
      const [received] = hub.telemetry(deviceId);
      expect(received).toMatchObject({
        properties: { "a=b": "c&d" },
        systemProperties: { messageId: "m/1", correlationId: "c", contentType: "text/plain" },
      });
      expect(Buffer.from(received?.body ?? []).toString()).toBe("grüß dich");

      const next = inbox<Message>(client, "message");
      const outcomes = [
        ["completed", "complete", "Success"],
        ["rejected", "reject", "Rejected"],
      ] as const;
      for (const [messageId, settle, outcome] of outcomes) {
        const settled = hubEvent(hub, deviceId, "c2dCompleted", (event) => event.messageId === messageId);
        await hub.sendC2d(deviceId, messageId, { messageId, ack: "full", properties: { room: "kitchen" } });
        const c2d = await next();
        expect(c2d.data.toString()).toBe(messageId);
        expect(c2d.properties.getValue("room")).toBe("kitchen");
        await client[settle](c2d);
        expect(await settled).toMatchObject({ outcome });
      }
      await hub.sendC2d(deviceId, "again", { messageId: "again" });
      await client.abandon(await next());
      const again = await next();
      expect(again.messageId).toBe("again");
      await client.complete(again);

      const twin = await client.getTwin();
      expect(twin.properties).toMatchObject({ desired: { $version: 1 }, reported: { $version: 1 } });
      await update(twin, { temperature: 21 });
      expect((await hub.getTwin(deviceId)).properties.reported).toMatchObject({ temperature: 21 });
      await expect(update(twin, { "a.b": 1 })).rejects.toThrow();
      const listening = subscribed(hub, deviceId, "desired/#");
      const desired = inbox<number>(twin, "properties.desired.interval");
      await listening;
      await hub.patchDesired(deviceId, { interval: 5 });
      expect(await desired()).toBe(5);

      const ready = subscribed(hub, deviceId, "methods/POST/#");
      client.onDeviceMethod("reboot", (request, response) => {
        void response.send(201, { got: request.payload });
      });
      await ready;
      expect(await hub.invokeMethod(deviceId, "reboot", { delay: 1 })).toEqual({
        status: 201,
        payload: { got: { delay: 1 } },
      });
      const ended = hubEvent(hub, deviceId, "deviceDisconnected");
      await client.close();
      expect(await ended).toMatchObject({ reason: "clientDisconnect" });
    },
  );

  it("serves modules", async () => {
    const deviceId = freshId();
    await hub.createDevice(deviceId);
    const { connectionString } = await hub.createModule(deviceId, "m");
    const client = await open(ModuleClient.fromConnectionString(withoutPort(connectionString), Amqp));
    await client.sendEvent(new Message("from a module"));
    expect(hub.telemetry(deviceId)).toMatchObject([{ moduleId: "m" }]);
    const twin = await client.getTwin();
    await update(twin, { on: true });
    expect((await hub.getTwin(`${deviceId}/m`)).properties.reported).toMatchObject({ on: true });
  });

  it("authenticates with a certificate", async () => {
    const deviceId = freshId();
    const { cert, key, thumbprint } = await createCertificate(deviceId);
    const { connectionString } = await hub.createDevice(deviceId, { primaryThumbprint: thumbprint });
    const string = withoutPort(connectionString);
    const client = Client.fromConnectionString(string, Amqp);
    await client.setOptions({ cert, key });
    await open(client);
    await client.sendEvent(new Message("signed"));
    expect(hub.telemetry(deviceId)).toMatchObject([
      { systemProperties: { connectionAuthMethod: expect.stringContaining('"type":"x509"') } },
    ]);
  });

  it("is refused with another key, and cut off by kick, deletion and a newer connection", async () => {
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const string = withoutPort(connectionString);
    const otherKey = Buffer.alloc(32, 7).toString("base64");
    const intruder = Client.fromConnectionString(
      string.replace(/SharedAccessKey=.*/, `SharedAccessKey=${otherKey}`),
      Amqp,
    );
    intruder.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 } as never);
    await intruder.setOptions({ ca: hub.ca });
    await expect(intruder.open()).rejects.toThrow();
    const first = Client.fromConnectionString(string, Amqp);
    first.setRetryPolicy({ shouldRetry: () => false, nextRetryTimeout: () => 0 } as never);
    await open(first);
    const replaced = hubEvent(hub, deviceId, "deviceDisconnected");
    const second = await open(Client.fromConnectionString(string, Amqp));
    expect(await replaced).toMatchObject({ reason: "takenOver" });
    await second.sendEvent(new Message("second"));
    const kicked = hubEvent(hub, deviceId, "deviceDisconnected");
    expect(hub.kick(deviceId)).toBe(true);
    expect(await kicked).toMatchObject({ reason: "kicked" });
  });
});
