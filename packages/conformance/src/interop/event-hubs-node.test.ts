import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { IoTHubDeviceClient, Message } from "@isohub/node";
import { afterAll, describe, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { startOfficialHub } from "./official-hub.ts";
import { runJobs } from "./registering.ts";

const { emulator: hub } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("node/event-hubs.mjs", import.meta.url));

describe("@azure/event-hubs", () => {
  it.each([
    ["TLS", "secureEventHubConnectionString"],
    ["the plain port", "eventHubConnectionString"],
  ] as const)("reads events, positions and properties over %s", async (name, string) => {
    const deviceId = `reader-${name.replaceAll(" ", "-")}`;
    const { connectionString } = await hub.createDevice(deviceId);
    const device = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: hub.ca,
    });
    const before = hub.telemetry().length;
    for (let n = 1; n <= 4; n++) {
      const message = new Message(JSON.stringify({ n }));
      Object.assign(message, {
        messageId: `m${n}`,
        contentType: "application/json",
        contentEncoding: "utf-8",
      });
      message.customProperties["room"] = "kitchen";
      await device.sendMessage(message);
    }
    await device.shutdown();
    const input = {
      connectionString: hub[string],
      consumerGroup: "$Default",
      count: before + 4,
      deviceId,
    };
    const [outcome] = await runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    const body = (n: number): unknown => ({ n });
    expect(outcome).toMatchObject({
      properties: { name: hub.hostName, partitionIds: ["0", "1", "2", "3"] },
      partition: { isEmpty: false },
      bodies: [1, 2, 3, 4].map(body),
      first: {
        body: { n: 1 },
        properties: { room: "kitchen" },
        contentType: "application/json",
        messageId: "m1",
        partitionKey: deviceId,
        systemProperties: {
          "iothub-connection-device-id": deviceId,
          "iothub-connection-auth-generation-id": expect.stringMatching(/^\d+$/),
          "iothub-connection-auth-method": expect.stringContaining('"scope":"device"'),
          "iothub-message-source": "Telemetry",
        },
      },
      positions: {
        afterNumber: [2, 3, 4].map(body),
        atNumber: [2, 3, 4].map(body),
        afterOffset: [3, 4].map(body),
        atOffset: [3, 4].map(body),
        byTime: 4,
        behindTheEnd: 4,
      },
      last: { sequenceNumber: expect.any(Number) },
      owners: { stolen: "ReceiverDisconnectedError", owned: true },
      unknown: "ArgumentOutOfRangeError",
    });
  });
});
