import { createPrivateKey } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificate } from "@isohub/emulator";
import { IoTHubDeviceClient, X509 } from "@isohub/node";
import { describe, expect, it } from "vitest";
import { freshId, hostOf, shutDownAtEnd } from "../../device.ts";
import { testFolder } from "../../files.ts";
import { providedHub } from "../../provided-hub.ts";

const { hub, ca } = providedHub();
const passPhrase = "correct horse";

/** Creates a device with a certificate and an encrypted key in files. */
async function deviceWithFiles() {
  const deviceId = freshId();
  const { cert, key, thumbprint } = await createCertificate(deviceId);
  await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: thumbprint });
  const folder = testFolder();
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  await writeFile(certFile, cert);
  const encrypted = createPrivateKey(key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: passPhrase,
  });
  await writeFile(keyFile, encrypted);
  const hostName = hostOf(await hub.policyConnectionString());
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
    const client = shutDownAtEnd(create(passPhrase));
    await client.sendMessage("x");
    expect(await hub.telemetry(deviceId)).toHaveLength(1);
  });

  it("is rejected before connecting without a pass phrase, or with another one, which is not shown", async () => {
    const { create } = await deviceWithFiles();
    const invalid = { name: "ArgumentError", code: "invalid_certificate" };
    expect(() => create()).toThrow(
      expect.objectContaining({
        ...invalid,
        message: expect.stringContaining("keyFile is encrypted, but there is no passPhrase"),
      }),
    );
    expect(() => create("battery staple")).toThrow(
      expect.objectContaining({
        ...invalid,
        message: expect.stringMatching(/^passPhrase must be the one of keyFile(?!.*staple)/),
      }),
    );
  });

  it("keeps key and pass phrase out of dumps", () => {
    const x509 = new X509("cert.pem", "-----BEGIN PRIVATE KEY-----secret", "hidden");
    expect(JSON.stringify(x509)).toBe('{"certificateFile":"cert.pem"}');
  });
});
