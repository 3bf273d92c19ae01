import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IoTHubDeviceClient, Message } from "@isohub/node";
import { afterAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { preparePythonSystem } from "../interop/python/prepare.ts";
import { runJobs } from "../interop/registering.ts";
import { describeUnless } from "../interop/skipping.ts";

const prepared = await preparePythonSystem();
const { emulator: hub, refused } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("../interop/python/messages.py", import.meta.url));
const [python, missing] = "python" in prepared ? [prepared.python, refused[443]] : ["", prepared.missing];

describeUnless(missing, "azure-iot-hub and azure-eventhub of Python over AMQP", () => {
  it("send messages to a device, and read its events", async () => {
    const { connectionString } = await hub.createDevice("python");
    const device = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    const received: unknown[] = [];
    device.onMessageReceived = (message) => {
      const { messageId, contentType, customProperties } = message;
      received.push({ messageId, contentType, customProperties, text: message.text() });
    };
    for (const text of ["one", "two", "three"]) {
      const message = new Message(text, { contentType: "text/plain", customProperties: { room: "kitchen" } });
      await device.sendMessage(message);
    }
    const input = {
      connectionString: withoutPort(hub.serviceConnectionString),
      eventHub: hub.eventHubConnectionString,
      secureEventHub: hub.secureEventHubConnectionString,
      consumerGroup: "$Default",
      deviceId: "python",
      count: 3,
      ca,
    };
    const [outcome] = await runJobs(python, [program], input, { SSL_CERT_FILE: ca, REQUESTS_CA_BUNDLE: ca });
    await expect
      .poll(() => received)
      .toEqual([
        {
          messageId: "from-python",
          contentType: "text/plain",
          customProperties: { room: "kitchen" },
          text: "hello",
        },
      ]);
    await device.shutdown();
    const events = {
      name: hub.hostName,
      partitions: ["0", "1", "2", "3"],
      partition: "0",
      bodies: ["one", "two", "three"],
      numbers: [0, 1, 2],
      source: "Telemetry",
      room: "kitchen",
      content_type: "text/plain",
    };
    expect(outcome).toEqual({ sent: "sent", plain: events, secure: events });
  });
});
