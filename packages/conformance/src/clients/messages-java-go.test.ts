import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { IoTHubDeviceClient } from "@isohub/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { buildJava, missingJava } from "../interop/java/prepare.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { runJobs } from "../interop/registering.ts";
import { describeUnless, missingTool } from "../interop/skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
const folder = fileFolder();
const ca = join(folder, "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const goSources = fileURLToPath(new URL("../interop/go", import.meta.url));
const bodies = ["one", "two", "three"];
const received: unknown[] = [];
let device: IoTHubDeviceClient | undefined;

beforeAll(async () => {
  const { connectionString } = await hub.createDevice("reader");
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
    serverVerificationCert: hub.ca,
  });
  device = client;
  client.onMessageReceived = ({ messageId, customProperties }) =>
    received.push({ messageId, customProperties });
  for (const body of bodies) await client.sendMessage(body);
});
afterAll(() => device?.shutdown());

const eventHubs = (): (string | undefined)[] => [
  hub.eventHubConnectionString,
  hub.secureEventHubConnectionString,
];

describeUnless(refused[443] ?? (await missingTool("go", ["version"])), "azeventhubs of Go", () => {
  it("reads events with and without TLS", async () => {
    const program = join(folder, "eventhubs");
    await promisify(execFile)("go", ["build", "-o", program, "."], { cwd: goSources });
    const input = { eventHubs: eventHubs(), ca, deviceId: "reader", count: bodies.length };
    const [outcome] = await runJobs(program, [], input);
    const read = {
      Name: hub.hostName,
      Partitions: ["0", "1", "2", "3"],
      Bodies: bodies,
      Source: "Telemetry",
    };
    expect(outcome).toEqual([read, read]);
  });
});

describeUnless(
  refused[443] ?? missingJava,
  "iot-service-client and azure-messaging-eventhubs of Java",
  () => {
    it("manage devices, send messages with feedback over both protocols, and read events", async () => {
      const java = await buildJava({ project: "java", classes: ["Messages"] }, folder, ca);
      const input = {
        connectionString: withoutPort(hub.serviceConnectionString),
        eventHubs: eventHubs(),
        deviceId: "reader",
        count: bodies.length,
      };
      const [outcome] = await runJobs("java", [...java, "Messages"], input);
      const read = { name: hub.hostName, bodies, source: "Telemetry" };
      expect(outcome).toEqual({
        registry: { status: "Enabled", interval: 5 },
        feedback: [
          ["java-AMQPS", "success"],
          ["java-AMQPS_WS", "success"],
        ],
        events: [read, read],
      });
      const customProperties = { room: "kitchen" };
      expect(received).toMatchObject([
        { messageId: "java-AMQPS", customProperties },
        { messageId: "java-AMQPS_WS", customProperties },
      ]);
    });
  },
);
