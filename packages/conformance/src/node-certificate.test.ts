import { createPrivateKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate } from "@isohub/emulator";
import { IoTHubDeviceClient, X509 } from "@isohub/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "./device.ts";
import { providedHub } from "./provided-hub.ts";

const { hub, ca } = providedHub();
const passPhrase = "correct horse";

/** A device with a certificate whose key is encrypted, in files as they lie on a device. */
async function deviceWithFiles() {
  const deviceId = freshId();
  const { cert, key, thumbprint } = await createCertificate(deviceId);
  await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: thumbprint });
  const { connectionString } = await hub.createDevice(freshId());
  const folder = await mkdtemp(join(tmpdir(), "isohub-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await writeFile(certFile, cert);
  const encrypted = createPrivateKey(key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: passPhrase,
  });
  await writeFile(keyFile, encrypted);
  const hostName = /HostName=([^;]+)/.exec(connectionString)?.[1] ?? "";
  return {
    deviceId,
    create: (phrase?: string) =>
      IoTHubDeviceClient.createFromX509Certificate(new X509(certFile, keyFile, phrase), hostName, deviceId, {
        serverVerificationCert: ca,
      }),
  };
}

describe("a client certificate in files, with an encrypted key", () => {
  it("connects with its pass phrase", async () => {
    const { deviceId, create } = await deviceWithFiles();
    const client = create(passPhrase);
    onTestFinished(() => client.shutdown());
    await client.sendMessage("x");
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("is refused before connecting without one, or with another one, which is not shown", async () => {
    const { create } = await deviceWithFiles();
    const refused = { name: "ArgumentError", code: "invalid_certificate" };
    expect(() => create()).toThrow(
      expect.objectContaining({
        ...refused,
        message: expect.stringContaining("keyFile is encrypted, but there is no passPhrase"),
      }),
    );
    expect(() => create("battery staple")).toThrow(
      expect.objectContaining({
        ...refused,
        message: expect.stringMatching(/^passPhrase must be the one of keyFile(?!.*staple)/),
      }),
    );
  });

  it("keeps key and pass phrase out of dumps", () => {
    const x509 = new X509("cert.pem", "-----BEGIN PRIVATE KEY-----secret", "hidden");
    expect(JSON.stringify(x509)).toBe('{"certificateFile":"cert.pem"}');
  });
});
