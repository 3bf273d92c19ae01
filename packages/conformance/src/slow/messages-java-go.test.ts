import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { IoTHubDeviceClient } from "@isohub/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fileFolder, root } from "../files.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { runJobs } from "../interop/registering.ts";
import { describeUnless } from "../interop/skipping.ts";

const run = promisify(execFile);

const { emulator: hub, refused } = await startOfficialHub();
const folder = fileFolder();
const ca = join(folder, "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const sources = fileURLToPath(new URL("../interop", import.meta.url));
const cache = join(root, "node_modules/.cache/isohub-interop");
const bodies = ["one", "two", "three"];
const received: unknown[] = [];
let device: IoTHubDeviceClient | undefined;

/** Runs a tool to its end. @throws {Error} with its output if it fails or is missing */
async function build(command: string, args: readonly string[], cwd: string): Promise<void> {
  await run(command, args, { cwd });
}

const missing = (command: string, args: readonly string[]): Promise<string | undefined> =>
  run(command, args).then(
    () => undefined,
    ({ message }: Error) => `${command} can't run: ${message}`,
  );

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

describeUnless(refused[443] ?? (await missing("go", ["version"])), "azeventhubs of Go", () => {
  it("reads events with and without TLS", async () => {
    const program = join(folder, "eventhubs");
    await build("go", ["build", "-o", program, "."], join(sources, "go"));
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

const noJava = (await missing("mvn", ["--version"])) ?? (await missing("javac", ["-version"]));

describeUnless(refused[443] ?? noJava, "iot-service-client and azure-messaging-eventhubs of Java", () => {
  it("manage devices, send messages with feedback over both protocols, and read events", async () => {
    const libraries = join(cache, "java-messages");
    await mkdir(libraries, { recursive: true });
    const pom = join(sources, "java/pom.xml");
    const copy = ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${libraries}`];
    await build("mvn", copy, folder);
    const trust = join(folder, "trust.p12");
    const store = ["-keystore", trust, "-storetype", "PKCS12", "-storepass", "changeit"];
    await build("keytool", ["-importcert", "-noprompt", "-alias", "hub", "-file", ca, ...store], folder);
    const classPath = [join(libraries, "*"), folder].join(delimiter);
    await build("javac", ["-cp", classPath, "-d", folder, join(sources, "java/Messages.java")], folder);
    const input = {
      connectionString: withoutPort(hub.serviceConnectionString),
      eventHubs: eventHubs(),
      deviceId: "reader",
      count: bodies.length,
    };
    const trusting = [`-Djavax.net.ssl.trustStore=${trust}`, "-Djavax.net.ssl.trustStorePassword=changeit"];
    const [outcome] = await runJobs("java", [...trusting, "-cp", classPath, "Messages"], input);
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
});
