// The whole systems of examples/service in Python and Java, run as the guide describes.
import { cp, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { fileFolder, root } from "../files.ts";
import { maven, missingJava, trusting } from "../interop/java/prepare.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { preparePythonSystem } from "../interop/python/prepare.ts";
import { describeUnless } from "../interop/skipping.ts";
import { startProgram } from "../program.ts";

const prepared = await preparePythonSystem();
const { emulator: hub, refused } = await startOfficialHub();
hub.createConsumerGroup("alerts");
const folder = fileFolder();
const ca = join(folder, "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const examples = join(root, "examples/service");
const [python, missing] = "python" in prepared ? [prepared.python, refused[443]] : ["", prepared.missing];

const settings = (deviceId: string): Record<string, string> => ({
  SERVICE_CONNECTION_STRING: withoutPort(hub.serviceConnectionString),
  EVENT_HUB_CONNECTION_STRING: hub.eventHubConnectionString,
  CONSUMER_GROUP: "alerts",
  DEVICE_ID: deviceId,
});

/** Returns the lines of a system. The device prints between two lines of the service, before or after the feedback. */
const linesOf = (output: string): string[] => output.trim().split("\n").sort();

describeUnless(missing, "the system of a service and a device in Python", () => {
  it("telemetry by consumer group, a method, the twin, a message with feedback", async () => {
    const deviceId = freshId("heater");
    const program = startProgram(python, ["system.py"], {
      cwd: join(examples, "python"),
      env: {
        ...settings(deviceId),
        SSL_CERT_FILE: ca,
        REQUESTS_CA_BUNDLE: ca,
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONUTF8: "1",
      },
    });
    expect(await program.exit, program.output).toBe(0);
    expect(linesOf(program.stdout)).toEqual([
      "device: received “lunch is ready”",
      `service: created ${deviceId}`,
      "service: deleted the device",
      "service: feedback Success",
      "service: method 200 {'minutes': 15}",
      "service: target 21 reported",
      "service: telemetry {'temperature': 19.5}",
    ]);
  });
});

describeUnless(refused[443] ?? missingJava, "the system of a service and a device in Java", () => {
  it("telemetry by consumer group, a method, the twin, a message with feedback", async () => {
    const deviceId = freshId("heater");
    const project = join(folder, "java");
    await cp(join(examples, "java"), project, { recursive: true });
    await maven(["compile", "dependency:copy-dependencies"], project);
    const classPath = ["target/classes", "target/dependency/*"].join(delimiter);
    const options = [...(await trusting(ca, folder)), "-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8"];
    const program = startProgram("java", [...options, "-cp", classPath, "Main"], {
      cwd: project,
      env: settings(deviceId),
    });
    expect(await program.exit, program.output).toBe(0);
    expect(linesOf(program.stdout)).toEqual([
      "device: received “lunch is ready”",
      `service: created ${deviceId}`,
      "service: deleted the device",
      "service: feedback success",
      'service: method 200 {"minutes":15}',
      "service: target 21 reported",
      'service: telemetry {"temperature":19.5}',
    ]);
  });
});
