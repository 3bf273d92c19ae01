// The whole systems of examples/service, run as the guide describes, with the official clients against the local hub.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { fileFolder, root } from "../files.ts";
import { startOfficialHub, withoutPort } from "../interop/official-hub.ts";
import { describeUnless } from "../interop/skipping.ts";
import { startProgram } from "../program.ts";

const { emulator: hub, refused } = await startOfficialHub();
const caFile = join(fileFolder(), "ca.pem");
await writeFile(caFile, hub.ca);
afterAll(() => hub.close());

describeUnless(refused[443], "the system of a service and a device", () => {
  it("on Node: telemetry by consumer group, a method, the twin, a message with feedback", async () => {
    const deviceId = freshId("heater");
    hub.createConsumerGroup("alerts");
    const program = startProgram(process.execPath, ["--unhandled-rejections=strict", "system.mjs"], {
      cwd: join(root, "examples/service/node"),
      env: {
        NODE_EXTRA_CA_CERTS: caFile,
        SERVICE_CONNECTION_STRING: withoutPort(hub.serviceConnectionString),
        EVENT_HUB_CONNECTION_STRING: hub.eventHubConnectionString,
        CONSUMER_GROUP: "alerts",
        DEVICE_ID: deviceId,
      },
    });
    expect(await program.exit, program.output).toBe(0);
    // The official client's server name makes Node print a deprecation warning to standard error.
    expect(program.stdout.split("\n")).toEqual([
      `service: created ${deviceId}`,
      "service: telemetry { temperature: 19.5 }",
      "service: method { status: 200, payload: { minutes: 15 } }",
      "service: target 21 reported",
      "device: received “lunch is ready”",
      "service: feedback Success",
      "service: deleted the device",
      "",
    ]);
  });
});
