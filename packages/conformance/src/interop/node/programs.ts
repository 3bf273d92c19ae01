import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { freshId, untilConnected } from "../../device.ts";
import { testFolder } from "../../files.ts";
import { startProgram } from "../../program.ts";
import type { Fixtures } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

const sensor = fileURLToPath(new URL("sensor.cjs", import.meta.url));

export function programSuite({ hub, Transport }: Fixtures): void {
  describe("an existing program", () => {
    it("runs with only its environment changed, and exits by itself", async () => {
      const caFile = join(testFolder(), "ca.pem");
      await writeFile(caFile, hub.ca);
      const deviceId = freshId();
      const { connectionString } = await hub.createDevice(deviceId);
      const program = startProgram(process.execPath, [sensor], {
        env: {
          NODE_EXTRA_CA_CERTS: caFile,
          IOTHUB_DEVICE_CONNECTION_STRING: withoutPort(connectionString),
          IOTHUB_TRANSPORT: Transport.name,
        },
      });
      const [message] = await Promise.race([
        hub.waitForTelemetry({ deviceId }, { timeoutMs: 90_000 }),
        program.exit.then(() => Promise.reject(new Error(`The program ended too early: ${program.output}`))),
      ]);
      expect(message).toMatchObject({ properties: { from: Transport.name } });
      expect(JSON.parse(Buffer.from(message?.body ?? []).toString())).toEqual({ temperature: 21.5 });
      expect(await hub.invokeMethod(deviceId, "stop", null, untilConnected)).toEqual({
        status: 200,
        payload: "stopping",
      });
      expect(await program.exit, program.output).toBe(0);
    });
  });
}
