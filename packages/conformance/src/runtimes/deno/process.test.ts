import { join } from "node:path";
import { createCertificate } from "@isohub/emulator";
import { describe, expect, it } from "vitest";
import { freshId, hostOf } from "../../device.ts";
import { testFolder } from "../../files.ts";
import { audience, startIdentityProvider } from "../../identity-provider.ts";
import { providedHub } from "../../provided-hub.ts";
import { buildFile, runDeno } from "./deno-program.ts";

const { hub, ca } = providedHub();

/** Returns a script that gets its device and its trust as arguments. */
const script = (body: string): string => `
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
  return runDeno(permissions, script(body), [connectionString, ca, deviceId, JSON.stringify(more)]);
}

describe("a Deno process", () => {
  it.each([false, true])(
    "runs a device with only --allow-net, and exits by itself (websockets: %s)",
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

  it.each([
    ["throws", 'throw createError("unhandled");'],
    ["rejects", 'await Promise.reject(createError("unhandled"));'],
  ])("prints the code, the remediation and the cause of an error that it %s", async (_title, body) => {
    const { code, output } = await run(
      [],
      `import { ConnectionFailedError } from "@isohub/deno";
       const createError = (message) => new ConnectionFailedError("tls_failed", message, {
         cause: new Error("the reason"), remediation: "Set the trust",
       });
       ${body}`,
    );
    for (const part of ["unhandled", "tls_failed", "Set the trust", "the reason"])
      expect(output).toContain(part);
    expect(code).toBe(1);
  });

  it("can be limited to its hub", async () => {
    const { code, output } = await run(
      ["--allow-net=example.com"],
      `const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { serverVerificationCert });
       console.log(await client.connect().catch((error) => error.code + ": " + error.remediation));`,
    );
    expect(output).toMatch(/connect_failed: Run with --allow-net=localhost:\d+/);
    expect(code).toBe(0);
  });

  it.each([false, true])(
    "reads a device certificate with --allow-read for its two files (websockets: %s)",
    async (websockets) => {
      const deviceId = freshId();
      const { cert, key, thumbprint } = await createCertificate(deviceId);
      await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: thumbprint });
      const host = hostOf(await hub.policyConnectionString());
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

  it("runs a token broker, and a device that gets its tokens from it, with only --allow-net", async () => {
    const idp = await startIdentityProvider();
    const deviceId = freshId();
    await hub.createDevice(deviceId);
    const policy = await hub.policyConnectionString();
    const { code, output } = await runDeno(
      ["--allow-net"],
      `import { IoTHubDeviceClient } from "@isohub/deno";
       import { createTokenBroker } from "@isohub/deno/token-broker";
       const [jwks, issuer, policy, gatewayHostname, jwt, serverVerificationCert] = Deno.args;
       const broker = createTokenBroker({
         jwks, issuer, audience: "${audience}", algorithms: ["RS256"], allowedOrigins: [],
         devicesOf: ({ sub }) => [sub], connectionString: policy,
       });
       const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, broker);
       const client = await IoTHubDeviceClient.createFromTokenProvider(
         { url: "http://127.0.0.1:" + server.addr.port, headers: { authorization: "Bearer " + jwt } },
         { gatewayHostname, serverVerificationCert },
       );
       await client.sendMessage("without a key");
       await client.shutdown();
       await server.shutdown();`,
      [idp.jwksUrl, idp.issuer, policy, hostOf(policy), await idp.jwt({ sub: deviceId }), ca],
    );
    await idp.close();
    expect(output).toBe("");
    expect(code).toBe(0);
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("names the permission that its certificate needs", async () => {
    const { output } = await run(
      ["--allow-net"],
      `try {
         IoTHubDeviceClient.createFromX509Certificate(new X509("cert.pem", "key.pem"), "localhost", deviceId);
       } catch (error) { console.log(error.code, error.message); }`,
    );
    expect(output).toContain("invalid_certificate");
    expect(output).toContain("--allow-read=cert.pem");
  });

  it("stores its assignment with --allow-read and --allow-write, and connects without them, too", async () => {
    const registrationId = freshId("self");
    const { primaryKey: symmetricKey } = await hub.createEnrollment(registrationId);
    const { host: provisioningHost, idScope } = await hub.provisioning();
    const folder = testFolder();
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

  it("gets a certificate for its signing request, and connects with it, with only --allow-net", async () => {
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

  it("exits by itself with an unused client", async () => {
    const { code, output } = await run(
      ["--allow-net"],
      `IoTHubDeviceClient.createFromConnectionString(connectionString); console.log("made");`,
    );
    expect(output).toContain("made");
    expect(code).toBe(0);
  });
});
