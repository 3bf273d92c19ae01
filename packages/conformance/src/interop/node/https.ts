import { createCertificate, type Emulator } from "@isohub/emulator";
import { Client, Message } from "azure-iot-device";
import { Http } from "azure-iot-device-http";
import { expect, it, onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import { inbox, propertiesOf } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

async function createClient(hub: Emulator, connectionString: string, options: object = {}): Promise<Client> {
  const client = Client.fromConnectionString(withoutPort(connectionString), Http);
  onTestFinished(async () => {
    await client.close();
  });
  // A short interval of polling, in seconds.
  await client.setOptions({ ca: hub.ca, http: { receivePolicy: { interval: 0.1 } }, ...options });
  await client.open();
  return client;
}

function message(body: string, properties: Record<string, string> = {}): Message {
  const created = new Message(body);
  for (const [key, value] of Object.entries(properties)) created.properties.add(key, value);
  return created;
}

/** Telemetry and cloud-to-device messages with the official client over HTTPS. */
export function httpsSuite(hub: Emulator): void {
  it("sends telemetry, alone and in batches", async () => {
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const client = await createClient(hub, connectionString);
    const first = message("one", { Temperature: "21", "a-b": "x & y" });
    first.messageId = "m1";
    first.contentType = "application/json";
    await client.sendEvent(first);
    await client.sendEventBatch([message("two", { n: "2" }), message("three")]);
    const telemetry = hub.telemetry(deviceId);
    expect(telemetry.map(({ body }) => Buffer.from(body).toString())).toEqual(["one", "two", "three"]);
    expect(telemetry).toMatchObject([
      {
        properties: { Temperature: "21", "a-b": "x & y" },
        systemProperties: { messageId: "m1", contentType: "application/json" },
      },
      { properties: { n: "2" } },
      { properties: {} },
    ]);
    await expect(client.sendEvent(message("x".repeat(262_145)))).rejects.toThrow();
  });

  it("authenticates with a certificate", async () => {
    const deviceId = freshId();
    const { cert, key, thumbprint } = await createCertificate(deviceId);
    const { connectionString } = await hub.createDevice(deviceId, { primaryThumbprint: thumbprint });
    const client = await createClient(hub, connectionString, { cert, key });
    await client.sendEvent(message("signed"));
    expect(hub.telemetry(deviceId)).toMatchObject([
      { systemProperties: { connectionAuthMethod: expect.stringContaining('"x509"') } },
    ]);
  });

  it("receives messages, and completes, rejects or abandons them", async () => {
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const client = await createClient(hub, connectionString);
    const received = inbox<Message>(client, "message");
    await hub.sendC2d(deviceId, "hello", { messageId: "m1", ack: "full", properties: { n: "1" } });
    const first = await received();
    expect(first.getData().toString()).toBe("hello");
    expect(first.messageId).toBe("m1");
    expect(propertiesOf(first)).toMatchObject({ "iothub-app-n": "1" });
    await client.complete(first);
    await hub.sendC2d(deviceId, "", { messageId: "m2", ack: "full" });
    await client.abandon(await received());
    await client.reject(await received());
    const outcomes = hub.feedback().filter((record) => record.deviceId === deviceId);
    expect(outcomes.map(({ originalMessageId, statusCode }) => [originalMessageId, statusCode])).toEqual([
      ["m1", "Success"],
      ["m2", "Rejected"],
    ]);
  });
}
