import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IoTHubDeviceClient } from "@isohub/node";
import { afterAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { startOfficialHub, withoutPort } from "./official-hub.ts";
import { runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("node/service-messages.cjs", import.meta.url));

describeUnless(refused[443], "azure-iothub over AMQP", () => {
  it.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("sends messages, and receives feedback and file notifications over %s", async (name, webSockets) => {
    const deviceId = `messages-${name}`;
    const { connectionString } = await hub.createDevice(deviceId);
    const device = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    const received: unknown[] = [];
    device.onMessageReceived = (message) => {
      const { messageId, contentType, correlationId, customProperties } = message;
      received.push({ messageId, text: message.text(), contentType, correlationId, customProperties });
    };
    await device.connect();
    await device.uploadToBlob("report.txt", "a report");
    const messageIds = [0, 1].map((at) => `m-${at}`);
    const input = {
      connectionString: withoutPort(hub.serviceConnectionString),
      webSockets,
      deviceId,
      messageIds,
    };
    const [outcome] = await runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    await device.shutdown();
    expect(received).toMatchObject(
      messageIds.map((messageId) => ({
        messageId,
        text: `body of ${messageId}`,
        contentType: "text/plain",
        correlationId: "c",
        customProperties: { room: "kitchen" },
      })),
    );
    expect(outcome).toMatchObject({
      unknown: "DeviceNotFoundError",
      tooLarge: "MessageTooLargeError",
      abandoned: 1,
      notification: {
        deviceId,
        blobName: `${deviceId}/report.txt`,
        blobUri: expect.stringMatching(new RegExp(`^https://.*/uploads/${deviceId}/report.txt$`)),
        blobSizeInBytes: 8,
      },
    });
    const { records } = outcome as { records: { originalMessageId: string }[] };
    expect(records.sort((a, b) => (a.originalMessageId < b.originalMessageId ? -1 : 1))).toMatchObject(
      messageIds.map((originalMessageId) => ({ originalMessageId, deviceId, statusCode: "Success" })),
    );
  });
});
