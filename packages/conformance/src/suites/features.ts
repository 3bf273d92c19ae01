import { type ClientOptions, ProxyOptions, UnsupportedFeatureError, X509 } from "@isohub/core";
import type { Feature } from "@isohub/core/runtime";
import { describe, expect, it } from "vitest";
import type { Fixtures } from "../fixtures.ts";

const connectionString = "HostName=hub.example;DeviceId=d;SharedAccessKey=a2V5";
/** Trusted nowhere. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBczCCARqgAwIBAgICEAAwCgYIKoZIzj0EAwIwIDEeMBwGA1UEAwwVaXNvaHVi
IHRlc3QgYXV0aG9yaXR5MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAw
WjAgMR4wHAYDVQQDDBVpc29odWIgdGVzdCBhdXRob3JpdHkwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATgrmenutNI+Lxu4hFr0jIOK87tTX4lcgE2+Uglt+XvnBpL
zZQSfAorHML41f6nAjJHiuO51k+uIqG3YbUyF/jBo0IwQDAPBgNVHRMBAf8EBTAD
AQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4EFgQU9UU6amunM/zu+ZUqZMpIhPIc
tawwCgYIKoZIzj0EAwIDRwAwRAIgIMDJjw9Pho3SIjNMQkcSDCWufq0rdswHvtb8
ep9snToCIAZ5QqCMBjpEAd/FDKqhUgLLfM2rRYOI9dXA1NFKg1+O
-----END CERTIFICATE-----
`;

/** Options that need a feature. */
const optionsFor: Record<Exclude<Feature, "clientCertificate">, ClientOptions> = {
  tcp: { websockets: false },
  customTrust: { serverVerificationCert: certificate },
  cipher: { cipher: "TLS_AES_128_GCM_SHA256" },
  proxy: { proxyOptions: new ProxyOptions("HTTP", "127.0.0.1", 3128) },
};

/** Options that the runtime doesn't support are rejected when a client is created. */
export function featuresSuite({ features, runtime, clients }: Fixtures): void {
  const { IoTHubDeviceClient, IoTHubModuleClient } = clients;

  const outcome = (create: () => unknown): unknown => {
    try {
      return create();
    } catch (error) {
      return error;
    }
  };
  const unsupported = {
    name: "UnsupportedFeatureError",
    code: "unsupported_feature",
    message: expect.stringContaining(runtime.replace(/chromium|firefox/, "browser")),
    remediation: expect.stringMatching(/./),
  };

  describe("a feature that the runtime doesn't support", () => {
    it.each(Object.entries(optionsFor))("is rejected at creation: %s", (feature, options) => {
      const created = outcome(() => IoTHubDeviceClient.createFromConnectionString(connectionString, options));
      if (features.has(feature as Feature)) expect(created).toBeInstanceOf(IoTHubDeviceClient);
      else expect(created).toMatchObject(unsupported);
    });

    it("is rejected at creation: clientCertificate, for devices and modules", () => {
      const x509 = new X509(certificate, "-----BEGIN PRIVATE KEY-----");
      for (const create of [
        () => IoTHubDeviceClient.createFromX509Certificate(x509, "hub.example", "d"),
        () => IoTHubModuleClient.createFromX509Certificate(x509, "hub.example", "d", "m"),
      ]) {
        const expected = features.has("clientCertificate") ? { code: "invalid_certificate" } : unsupported;
        expect(outcome(create)).toMatchObject(expected);
      }
    });

    it("is rejected with an alternative: an IoT Edge environment", async () => {
      const error = await IoTHubModuleClient.createFromEdgeEnvironment().catch((failure: Error) => failure);
      if (!(error instanceof UnsupportedFeatureError)) return expect(runtime).toBe("node");
      expect(error).toMatchObject(unsupported);
    });
  });
}
