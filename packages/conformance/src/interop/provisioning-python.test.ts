import { fileURLToPath } from "node:url";
import { deriveDeviceKey } from "@isohub/core";
import { createCertificate } from "@isohub/emulator";
import { afterAll, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { startOfficialHub } from "./official-hub.ts";
import { preparePython } from "./python/prepare.ts";
import { type RegistrationJob, runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const prepared = await preparePython();
const { emulator: hub, refused } = await startOfficialHub(undefined, { provisioningRetryAfterSeconds: 1 });
afterAll(() => hub.close());

const program = fileURLToPath(new URL("python/provision.py", import.meta.url));
const otherKey = Buffer.alloc(32, 7).toString("base64");
const { idScope } = hub;

for (const [title, websockets, port] of [
  ["the provisioning client of Python over TLS", false, 8883],
  ["the provisioning client of Python over WebSockets", true, 443],
] as const) {
  const [python, missing] = "python" in prepared ? [prepared.python, undefined] : ["", prepared.missing];
  describeUnless(missing ?? refused[port], title, () => {
    function register(...jobs: RegistrationJob[]): Promise<readonly unknown[]> {
      return runJobs(python, [program], { host: hub.hostName, ca: hub.ca, websockets, jobs });
    }

    it("registers with keys and a certificate", async () => {
      const [own, ofGroup, byName] = [freshId("reg"), freshId("reg"), freshId("reg")];
      const { primaryKey } = await hub.createEnrollment(own, { payload: { room: "kitchen" } });
      const group = await hub.createEnrollmentGroup(freshId("group"));
      const certificate = await createCertificate(byName);
      await hub.createEnrollment(byName, {
        attestation: { type: "x509", primaryThumbprint: certificate.thumbprint },
      });
      const outcomes = await register(
        { idScope, registrationId: own, key: primaryKey, payload: { model: "x" } },
        { idScope, registrationId: ofGroup, key: await deriveDeviceKey(group.primaryKey, ofGroup) },
        { idScope, registrationId: byName, x509: certificate },
      );
      const assigned = { status: "assigned", assignedHub: hub.hostName, subStatus: "initialAssignment" };
      expect(outcomes).toMatchObject([
        { ...assigned, deviceId: own, payload: { room: "kitchen" } },
        { ...assigned, deviceId: ofGroup, payload: null },
        { ...assigned, deviceId: byName, payload: null },
      ]);
    });

    it("waits for polls and after 429", async () => {
      const registrationId = freshId("reg");
      const { primaryKey: key } = await hub.createEnrollment(registrationId);
      const fault = { assigningPolls: 1, throttle: 1, throttlePolls: 1, retryAfterSeconds: 1 };
      hub.faults.provisioning({ registrationId, ...fault });
      const outcomes = await register({ idScope, registrationId, key });
      expect(outcomes).toMatchObject([{ status: "assigned", deviceId: registrationId }]);
    });

    it("is rejected for a wrong key, a wrong id scope and a disabled enrollment", async () => {
      const [wrong, disabled] = [freshId("reg"), freshId("reg")];
      const { primaryKey: key } = await hub.createEnrollment(wrong);
      const { primaryKey: disabledKey } = await hub.createEnrollment(disabled, {
        provisioningStatus: "disabled",
      });
      const outcomes = await register(
        { idScope, registrationId: wrong, key: otherKey },
        { idScope: "0neFFFFFFFF", registrationId: wrong, key },
        { idScope, registrationId: disabled, key: disabledKey },
      );
      expect(outcomes).toMatchObject([
        { error: "CredentialError" },
        { error: "CredentialError" },
        { error: "ClientError", cause: expect.stringContaining("disabled") },
      ]);
    });
  });
}
