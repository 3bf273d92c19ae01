import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import {
  fileStorage,
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/node";
import { createCertificateRequest } from "@isohub/node/csr";
import { afterAll } from "vitest";
import { freshId } from "./device.ts";
import type { CertificateMaker, Fixtures } from "./fixtures.ts";
import { providedHub } from "./provided-hub.ts";

export function nodeFixtures(transport: "tls" | "websockets", engine: MqttEngine): Fixtures {
  const { hub, ca } = providedHub();
  const folder = mkdtempSync(join(tmpdir(), "isohub-conformance-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    runtime: "node",
    features: new Set(["tcp", "customTrust", "cipher", "clientCertificate", "proxy"]),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    certificates: {
      authority: createCertificateAuthority,
      client: createCertificate as CertificateMaker["client"],
    },
    transport,
    engine,
    hubTransport: transport === "tls" ? "tls" : "wss",
    hub,
    connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca, engine },
    createCertificateRequest,
    newStorage: () => fileStorage(join(folder, freshId("assignment"))),
  };
}
