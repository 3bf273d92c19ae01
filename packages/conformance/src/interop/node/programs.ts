import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import type { Fixtures } from "../official-device.ts";
import { withoutPort } from "../official-hub.ts";

const sensor = fileURLToPath(new URL("sensor.cjs", import.meta.url));

export function programSuite({ hub, Transport }: Fixtures): void {
  describe("a program of someone else", () => {
    it("runs with nothing but its environment changed, and ends by itself", async () => {
      const folder = await mkdtemp(join(tmpdir(), "isohub-interop-"));
      onTestFinished(() => rm(folder, { recursive: true }));
      await writeFile(join(folder, "ca.pem"), hub.ca);
      const deviceId = freshId();
      const { connectionString } = await hub.createDevice(deviceId);

      const program = spawn(process.execPath, [sensor], {
        stdio: ["ignore", "inherit", "inherit"],
        env: {
          ...process.env,
          NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
          IOTHUB_DEVICE_CONNECTION_STRING: withoutPort(connectionString),
          IOTHUB_TRANSPORT: Transport.name,
        },
      });
      onTestFinished(() => {
        program.kill("SIGKILL");
      });
      const ended = once(program, "exit");
      const [message] = await Promise.race([
        hub.waitForTelemetry({ deviceId }, { timeoutMs: 8_000 }),
        ended.then(([code]) => Promise.reject(new Error(`it ended with code ${code} too early`))),
      ]);
      expect(message).toMatchObject({ properties: { from: Transport.name } });
      expect(JSON.parse(Buffer.from(message?.body ?? []).toString())).toEqual({ temperature: 21.5 });
      expect(await hub.invokeMethod(deviceId, "stop", null, { connectTimeoutInSeconds: 5 })).toEqual({
        status: 200,
        payload: "stopping",
      });
      expect(await ended).toEqual([0, null]);
    });
  });
}
