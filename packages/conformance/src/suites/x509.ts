import { X509 } from "@isohub/core";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import type { CertificateMaker, Fixtures } from "../fixtures.ts";
import { skipWithout } from "../skip.ts";

export function x509Suite(fixtures: Fixtures): void {
  const { hub, certificates, clients, connectOptions } = fixtures;

  describe("X.509", () => {
    beforeEach((context) => skipWithout(context, fixtures, "clientCertificate"));
    const maker = certificates as CertificateMaker;
    const day = 86_400_000;

    /** The host and port of the hub, from any connection string. */
    async function hostName(): Promise<string> {
      const { connectionString } = await hub.createDevice(freshId());
      return /HostName=([^;]+)/.exec(connectionString)?.[1] ?? "";
    }

    function shutDownLater<C extends { shutdown(): Promise<void> }>(client: C): C {
      onTestFinished(() => client.shutdown());
      return client;
    }

    it.each(["thumbprint", "sha1Thumbprint"] as const)(
      "a device connects with a certificate of a known %s",
      async (kind) => {
        const deviceId = freshId();
        const certificate = await maker.client(deviceId);
        await hub.createDevice(deviceId, {
          authentication: "selfSigned",
          secondaryThumbprint: certificate[kind],
        });
        const client = shutDownLater(
          clients.IoTHubDeviceClient.createFromX509Certificate(
            new X509(certificate.cert, certificate.key),
            await hostName(),
            deviceId,
            connectOptions,
          ),
        );
        await client.sendMessage("signed in by certificate");
        expect(await hub.telemetry(deviceId)).toHaveLength(1);
      },
    );

    it("a device connects with a certificate that a known authority signed", async () => {
      const deviceId = freshId();
      const ca = await maker.authority("factory");
      await hub.addCaCertificate(ca.cert);
      await hub.createDevice(deviceId, { authentication: "certificateAuthority" });
      const { cert, key } = await maker.client(deviceId, { ca });
      const client = shutDownLater(
        clients.IoTHubDeviceClient.createFromX509Certificate(
          new X509(cert, key),
          await hostName(),
          deviceId,
          connectOptions,
        ),
      );
      await client.sendMessage("signed in by authority");
      await hub.kick(deviceId);
      await client.sendMessage("and again after a drop");
      expect(await hub.telemetry(deviceId)).toHaveLength(2);
    });

    it("a module connects with a certificate", async () => {
      const deviceId = freshId();
      await hub.createDevice(deviceId);
      const { cert, key, thumbprint } = await maker.client(`${deviceId}/m`);
      await hub.createModule(deviceId, "m", { authentication: "selfSigned", primaryThumbprint: thumbprint });
      const client = shutDownLater(
        clients.IoTHubModuleClient.createFromX509Certificate(
          new X509(cert, key),
          await hostName(),
          deviceId,
          "m",
          connectOptions,
        ),
      );
      await client.sendMessage("x");
      expect(await hub.telemetry(deviceId)).toHaveLength(1);
    });

    it("another certificate is refused", async () => {
      const deviceId = freshId();
      const [known, other] = [await maker.client(deviceId), await maker.client(deviceId)];
      await hub.createDevice(deviceId, { authentication: "selfSigned", primaryThumbprint: known.thumbprint });
      const client = shutDownLater(
        clients.IoTHubDeviceClient.createFromX509Certificate(
          new X509(other.cert, other.key),
          await hostName(),
          deviceId,
          connectOptions,
        ),
      );
      await expect(client.connect()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        remediation: expect.stringContaining("certificate"),
      });
    });

    it("a certificate that cannot work is refused before connecting, saying why and not what", async () => {
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
          return clients.IoTHubDeviceClient.createFromX509Certificate(
            x509,
            "hub.example",
            "d",
            connectOptions,
          );
        } catch (error) {
          return error;
        }
      };
      for (const [x509, says] of [
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
        expect(String(refusal)).toContain(says);
        expect(JSON.stringify(refusal) + String(refusal)).not.toContain(good.key.slice(40, 80));
      }
    });

    it("takes no token options", async () => {
      const { cert, key } = await maker.client("d");
      expect(() =>
        clients.IoTHubDeviceClient.createFromX509Certificate(new X509(cert, key), "hub.example", "d", {
          sastokenTtl: 60,
        }),
      ).toThrow(expect.objectContaining({ name: "ArgumentError", code: "unknown_option" }));
    });
  });
}
