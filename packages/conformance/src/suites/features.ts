import { type ClientOptions, ProxyOptions, UnsupportedFeatureError, X509 } from "@isohub/core";
import type { Feature } from "@isohub/core/runtime";
import { describe, expect, it } from "vitest";
import type { Fixtures } from "../fixtures.ts";

const connectionString = "HostName=hub.example;DeviceId=d;SharedAccessKey=a2V5";
const certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";

/** How each feature is asked for. */
const asking: Record<Exclude<Feature, "clientCertificate">, ClientOptions> = {
  tcp: { websockets: false },
  customTrust: { serverVerificationCert: certificate },
  cipher: { cipher: "TLS_AES_128_GCM_SHA256" },
  proxy: { proxyOptions: new ProxyOptions("HTTP", "127.0.0.1", 3128) },
};

/** What a runtime cannot do is refused when a client is made, with a way out. */
export function featuresSuite({ features, runtime, clients }: Fixtures): void {
  const { IoTHubDeviceClient, IoTHubModuleClient } = clients;

  const refusal = (create: () => unknown): unknown => {
    try {
      return create();
    } catch (error) {
      return error;
    }
  };
  const unsupported = {
    name: "UnsupportedFeatureError",
    code: "unsupported_feature",
    message: expect.stringContaining(runtime === "chromium" ? "browser" : runtime),
    remediation: expect.stringMatching(/./),
  };

  describe("what the runtime cannot do", () => {
    it.each(Object.entries(asking))("%s is refused at once where there is none", (feature, options) => {
      const made = refusal(() => IoTHubDeviceClient.createFromConnectionString(connectionString, options));
      if (features.has(feature as Feature)) expect(made).toBeInstanceOf(IoTHubDeviceClient);
      else expect(made).toMatchObject(unsupported);
    });

    it("clientCertificate is refused at once where there is none, for devices and modules", () => {
      const x509 = new X509(certificate, "-----BEGIN PRIVATE KEY-----");
      for (const create of [
        () => IoTHubDeviceClient.createFromX509Certificate(x509, "hub.example", "d"),
        () => IoTHubModuleClient.createFromX509Certificate(x509, "hub.example", "d", "m"),
      ]) {
        const wanted = features.has("clientCertificate") ? { code: "invalid_certificate" } : unsupported;
        expect(refusal(create)).toMatchObject(wanted);
      }
    });

    it("an IoT Edge environment is refused with a way out where there is none", async () => {
      const error = await IoTHubModuleClient.createFromEdgeEnvironment().catch((failure: Error) => failure);
      if (!(error instanceof UnsupportedFeatureError)) return expect(runtime).toBe("node");
      expect(error).toMatchObject(unsupported);
    });
  });
}
