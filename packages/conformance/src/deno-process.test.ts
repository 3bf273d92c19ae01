import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { providedHub } from "./provided-hub.ts";

const { hub, ca } = providedHub();
const conformance = fileURLToPath(new URL("..", import.meta.url));

/** A program as a user writes it, on the build; its device and trust come as arguments. */
const program = (body: string): string => `
  import { IoTHubDeviceClient, X509 } from "@isohub/deno";
  const [connectionString, serverVerificationCert, deviceId] = Deno.args;
  ${body}`;

async function run(permissions: string[], body: string): Promise<{ code: number; output: string }> {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  // Beside this package's node_modules, where Deno looks for packages.
  await mkdir(`${conformance}build`, { recursive: true });
  const file = `${conformance}build/program-${deviceId}.mjs`;
  await writeFile(file, program(body));
  onTestFinished(() => rm(file));
  const child = spawn(process.execPath, [
    ...["run", "--no-prompt", "--quiet", ...permissions, file],
    ...[connectionString, ca, deviceId],
  ]);
  onTestFinished(() => void child.kill());
  let output = "";
  const decoder = new TextDecoder();
  child.stdout.on("data", (part: Uint8Array) => {
    output += decoder.decode(part);
  });
  child.stderr.on("data", (part: Uint8Array) => {
    output += decoder.decode(part);
  });
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code: code ?? -1, output })));
}

describe("a Deno process", () => {
  it.each([false, true])(
    "with --allow-net alone is a device, and ends by itself (websockets: %s)",
    async (websockets) => {
      const { code, output } = await run(
        ["--allow-net"],
        `const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
         websockets: ${websockets}, serverVerificationCert,
       });
       client.onMessageReceived = () => {};
       client.handleMethod("ping", () => ({ payload: "pong" }));
       await client.sendMessage({ temperature: 21.5 });
       await client.patchTwinReportedProperties({ firmware: "1.2.0" });
       console.log((await client.getTwin()).reported);
       await client.shutdown();`,
      );
      expect(output).toContain('firmware: "1.2.0"');
      expect(code).toBe(0);
    },
  );

  it("may be confined to its hub", async () => {
    const { code, output } = await run(
      ["--allow-net=example.com"],
      `const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { serverVerificationCert });
       console.log(await client.connect().catch((error) => error.code + ": " + error.remediation));`,
    );
    expect(output).toMatch(/connect_failed: Run with --allow-net=localhost:\d+/);
    expect(code).toBe(0);
  });

  it("reads certificates with --allow-read, and says so without", async () => {
    const { output } = await run(
      ["--allow-net"],
      `try {
         IoTHubDeviceClient.createFromX509Certificate(new X509("cert.pem", "key.pem"), "localhost", deviceId);
       } catch (error) { console.log(error.code, error.message); }`,
    );
    expect(output).toContain("invalid_certificate");
    expect(output).toContain("--allow-read=cert.pem");
  });

  it("is not kept running by a client that does nothing", async () => {
    const { code, output } = await run(
      ["--allow-net"],
      `IoTHubDeviceClient.createFromConnectionString(connectionString); console.log("made");`,
    );
    expect(output).toContain("made");
    expect(code).toBe(0);
  });
});
