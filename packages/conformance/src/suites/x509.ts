import { type IoTHubDeviceClient, X509 } from "@isohub/core";
import { beforeEach, describe, expect, it } from "vitest";
import { freshId, hostOf, shutDownAtEnd } from "../device.ts";
import type { CertificateMaker, Fixtures } from "../fixtures.ts";
import { certificatesOf } from "../skip.ts";

export function x509Suite(fixtures: Fixtures): void {
  const { hub, clients, connectOptions } = fixtures;
  const { IoTHubDeviceClient, IoTHubModuleClient } = clients;

  describe("X.509", () => {
    let maker: CertificateMaker;
    beforeEach((context) => {
      maker = certificatesOf(context, fixtures);
    });
    const day = 86_400_000;

    async function hostName(): Promise<string> {
      return hostOf(await hub.policyConnectionString());
    }

    async function createClient(
      deviceId: string,
      { cert, key }: { cert: string; key: string },
    ): Promise<IoTHubDeviceClient> {
      const x509 = new X509(cert, key);
      return shutDownAtEnd(
        IoTHubDeviceClient.createFromX509Certificate(x509, await hostName(), deviceId, connectOptions),
      );
    }

    it.each(["thumbprint", "sha1Thumbprint"] as const)(
      "connects a device by the %s of its certificate",
      async (kind) => {
        const deviceId = freshId();
        const certificate = await maker.client(deviceId);
        await hub.createDevice(deviceId, {
          authentication: "selfSigned",
          secondaryThumbprint: certificate[kind],
        });
        const client = await createClient(deviceId, certificate);
        await client.sendMessage("signed in by certificate");
        expect(await hub.telemetry(deviceId)).toHaveLength(1);
      },
    );

    it("connects a device by a known authority that signed its certificate", async () => {
      const deviceId = freshId();
      const ca = await maker.authority("factory");
      await hub.addCaCertificate(ca.cert);
      await hub.createDevice(deviceId, { authentication: "certificateAuthority" });
      const client = await createClient(deviceId, await maker.client(deviceId, { ca }));
      await client.sendMessage("signed in by authority");
      await hub.kick(deviceId);
      await client.sendMessage("again after reconnecting");
      expect(await hub.telemetry(deviceId)).toHaveLength(2);
    });

    it("connects a module", async () => {
      const deviceId = freshId();
      await hub.createDevice(deviceId);
      const { cert, key, thumbprint } = await maker.client(`${deviceId}/m`);
      await hub.createModule(deviceId, "m", { authentication: "selfSigned", primaryThumbprint: thumbprint });
      const x509 = new X509(cert, key);
      const client = shutDownAtEnd(
        IoTHubModuleClient.createFromX509Certificate(x509, await hostName(), deviceId, "m", connectOptions),
      );
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("rejects another certificate", async () => {
      const deviceId = freshId();
      const [known, other] = [await maker.client(deviceId), await maker.client(deviceId)];
      await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: known.thumbprint });
      const client = await createClient(deviceId, other);
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        remediation: expect.stringContaining("certificate"),
      });
    });

    it("rejects an unusable certificate before connecting, without showing the key", async () => {
      const good = await maker.client("d");
      const other = await maker.client("d");
      const expired = await maker.client("d", {
        notBefore: new Date(Date.now() - 3 * day),
        notAfter: new Date(Date.now() - day),
      });
      const early = await maker.client("d", {
        notBefore: new Date(Date.now() + day),
        notAfter: new Date(Date.now() + 2 * day),
      });
      const create = (x509: X509): unknown => {
        try {
          return IoTHubDeviceClient.createFromX509Certificate(x509, "hub.example", "d", connectOptions);
        } catch (error) {
          return error;
        }
      };
      for (const [x509, message] of [
        [new X509(good.cert, other.key), "keyFile must be the private key of certFile"],
        [new X509(expired.cert, expired.key), "expired at"],
        [new X509(early.cert, early.key), "not valid before"],
        [new X509("no certificate -----BEGIN NOTHING-----", good.key), "certFile must be a PEM certificate"],
        [
          new X509(good.cert, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
          "keyFile must be a PEM private key",
        ],
        [new X509("/no/such/file.pem", good.key), "/no/such/file.pem"],
      ] as const) {
        const refusal = create(x509);
        expect(refusal).toMatchObject({ name: "ArgumentError", code: "invalid_certificate" });
        expect(String(refusal)).toContain(message);
        expect(JSON.stringify(refusal) + String(refusal)).not.toContain(good.key.slice(40, 80));
      }
    });

    it("rejects options about tokens", async () => {
      const { cert, key } = await maker.client("d");
      expect(() =>
        IoTHubDeviceClient.createFromX509Certificate(new X509(cert, key), "hub.example", "d", {
          sastokenTtl: 60,
        }),
      ).toThrow(expect.objectContaining({ name: "ArgumentError", code: "unknown_option" }));
    });
  });
}
