import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate } from "@isohub/emulator";
import { describe, expect, it, onTestFinished } from "vitest";
import { buildFile, runDeno } from "./deno-program.ts";
import { freshId } from "./device.ts";
import { audience, startIdentityProvider } from "./identity-provider.ts";
import { providedHub } from "./provided-hub.ts";

const { hub, ca } = providedHub();

/** A program as a user writes it; its device and trust come as arguments. */
const program = (body: string): string => `
  import { fileStorage, IoTHubDeviceClient, X509 } from "@isohub/deno";
  const [connectionString, serverVerificationCert, deviceId, more] = Deno.args;
  ${body}`;

async function run(
  permissions: string[],
  body: string,
  more: object = {},
): Promise<{ code: number; output: string }> {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  return runDeno(permissions, program(body), [connectionString, ca, deviceId, JSON.stringify(more)]);
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

  it.each([false, true])(
    "reads the certificate of its device with --allow-read of the two files (websockets: %s)",
    async (websockets) => {
      const deviceId = freshId();
      const { cert, key, thumbprint } = await createCertificate(deviceId);
      await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: thumbprint });
      const host = /HostName=([^;]+)/.exec(await hub.policyConnectionString())?.[1] ?? "";
      const files = [
        await buildFile(`${deviceId}-cert.pem`, cert),
        await buildFile(`${deviceId}-key.pem`, key),
      ];
      const { code, output } = await runDeno(
        [`--allow-net=${host}`, `--allow-read=${files.join()}`],
        `import { IoTHubDeviceClient, X509 } from "@isohub/deno";
         const [host, deviceId, serverVerificationCert, certFile, keyFile] = Deno.args;
         const client = IoTHubDeviceClient.createFromX509Certificate(
           new X509(certFile, keyFile), host, deviceId, { websockets: ${websockets}, serverVerificationCert });
         await client.sendMessage("signed in by files");
         await client.shutdown();`,
        [host, deviceId, ca, ...files],
      );
      expect(output).toBe("");
      expect(code).toBe(0);
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    },
  );

  it("with --allow-net alone is a token broker, and a device that gets its tokens there", async () => {
    const idp = await startIdentityProvider();
    const deviceId = freshId();
    await hub.createDevice(deviceId);
    const { code, output } = await runDeno(
      ["--allow-net"],
      `import { IoTHubDeviceClient } from "@isohub/deno";
       import { createTokenBroker } from "@isohub/deno/token-broker";
       const [jwks, issuer, policy, jwt, serverVerificationCert] = Deno.args;
       const broker = createTokenBroker({
         jwks, issuer, audience: "${audience}", algorithms: ["RS256"], allowedOrigins: [],
         devicesOf: ({ sub }) => [sub], connectionString: policy,
       });
       const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, broker);
       const client = await IoTHubDeviceClient.createFromTokenProvider(
         { url: "http://127.0.0.1:" + server.addr.port, headers: { authorization: "Bearer " + jwt } },
         { gatewayHostname: /HostName=([^;]+)/.exec(policy)[1], serverVerificationCert },
       );
       await client.sendMessage("without a key");
       await client.shutdown();
       await server.shutdown();`,
      [idp.jwksUrl, idp.issuer, await hub.policyConnectionString(), await idp.jwt({ sub: deviceId }), ca],
    );
    await idp.close();
    expect(output).toBe("");
    expect(code).toBe(0);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("is told which permission its certificate needs", async () => {
    const { output } = await run(
      ["--allow-net"],
      `try {
         IoTHubDeviceClient.createFromX509Certificate(new X509("cert.pem", "key.pem"), "localhost", deviceId);
       } catch (error) { console.log(error.code, error.message); }`,
    );
    expect(output).toContain("invalid_certificate");
    expect(output).toContain("--allow-read=cert.pem");
  });

  it("keeps which hub it belongs to in a file with --allow-read and --allow-write, and goes on without", async () => {
    const registrationId = freshId("self");
    const { primaryKey: symmetricKey } = await hub.createEnrollment(registrationId);
    const { host: provisioningHost, idScope } = await hub.provisioning();
    const folder = await mkdtemp(join(tmpdir(), "isohub-deno-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const device = { provisioningHost, idScope, registrationId, symmetricKey };
    const registered = await hub.countEvents("registrationDone", registrationId);
    const start = (...permissions: string[]): Promise<{ code: number; output: string }> =>
      run(
        ["--allow-net", ...permissions],
        `const { device, path } = JSON.parse(more);
         const client = IoTHubDeviceClient.createFromProvisioning(
           { ...device, storage: fileStorage(path) }, { serverVerificationCert });
         client.onBackgroundException = (error) => console.log(error.code + ": " + error.message);
         await client.sendMessage("x");
         await client.shutdown();`,
        { device, path: join(folder, "hub") },
      );
    for (const times of [1, 1]) {
      const { code, output } = await start(`--allow-read=${folder}`, `--allow-write=${folder}`);
      expect([code, output]).toEqual([0, ""]);
      expect(await registered()).toBe(times);
    }
    const { code, output } = await start();
    expect(code).toBe(0);
    expect(output).toMatch(/storage_failed: .*--allow-read/);
    expect(await registered()).toBe(2);
    expect(await hub.telemetry(registrationId)).toHaveLength(3);
  });

  it("gets a certificate for its request and connects with it, with --allow-net alone", async () => {
    const registrationId = freshId("self");
    const { primaryKey } = await hub.createEnrollment(registrationId);
    const { host, idScope } = await hub.provisioning();
    const { code, output } = await run(
      ["--allow-net"],
      `import { ProvisioningDeviceClient } from "@isohub/deno";
       import { createCertificateRequest } from "@isohub/deno/csr";
       const { host, idScope, registrationId, key } = JSON.parse(more);
       const request = await createCertificateRequest(registrationId);
       const { registrationState } = await ProvisioningDeviceClient
         .createFromSymmetricKey(host, registrationId, idScope, key, { serverVerificationCert })
         .register({ csr: request.csr });
       const { assignedHub, deviceId: id, issuedCertificateChain } = registrationState;
       const client = IoTHubDeviceClient.createFromX509Certificate(
         request.x509(issuedCertificateChain), assignedHub, id, { serverVerificationCert });
       await client.sendMessage("x");
       await client.shutdown();`,
      { host, idScope, registrationId, key: primaryKey },
    );
    expect([code, output]).toEqual([0, ""]);
    expect(await hub.telemetry(registrationId)).toHaveLength(1);
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
