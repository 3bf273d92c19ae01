import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import { afterAll, expect, it } from "vitest";
import { fileFolder } from "../files.ts";
import { startOfficialHub, withoutPort } from "./official-hub.ts";
import { runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("node/enrollments.cjs", import.meta.url));

describeUnless(refused[443], "azure-iot-provisioning-service", () => {
  it("creates, updates, lists and deletes enrollments and groups", async () => {
    const authority = await createCertificateAuthority("factory");
    const connectionString = withoutPort(hub.provisioningConnectionString);
    const input = { connectionString, group: "group-by-rest", certificate: authority.cert };
    const [outcome] = await runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    const key = expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/);
    expect(outcome).toMatchObject({
      created: {
        registrationId: "by-rest",
        deviceId: "device-by-rest",
        attestation: { type: "symmetricKey", symmetricKey: { primaryKey: key, secondaryKey: key } },
        initialTwin: { tags: { floor: 1 }, properties: { desired: { interval: 5 } } },
        reprovisionPolicy: { updateHubAssignment: true, migrateDeviceData: false },
        provisioningStatus: "enabled",
      },
      updated: { provisioningStatus: "disabled" },
      stale: { status: 412 },
      byCertificate: { attestation: { type: "x509" } },
      madeGroup: { enrollmentGroupId: "group-by-rest", attestation: { type: "x509" } },
      mechanism: { type: "symmetricKey", symmetricKey: { primaryKey: key } },
      pages: [["by-rest"], ["by-certificate"]],
      gone: { status: 404 },
    });
    const { created, updated, mechanism } = outcome as Record<
      string,
      { attestation?: unknown; etag?: unknown }
    >;
    expect(updated?.attestation).toEqual(created?.attestation);
    expect(mechanism).toEqual(created?.attestation);
    expect(updated?.etag).not.toBe(created?.etag);
    expect(await hub.listEnrollmentGroups()).toEqual([]);
  });

  it("is rejected with another key", async () => {
    const connectionString = withoutPort(hub.provisioningConnectionString).replace(
      /SharedAccessKey=.*/,
      `SharedAccessKey=${Buffer.alloc(32, 7).toString("base64")}`,
    );
    const { cert } = await createCertificate("device");
    const input = { connectionString, group: "group-by-rest", certificate: cert };
    const refusal = runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    await expect(refusal).rejects.toThrow("Unauthorized");
  });
});
