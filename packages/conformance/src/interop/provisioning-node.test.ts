import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deriveDeviceKey } from "@isohub/core";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import { afterAll, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { fileFolder } from "../files.ts";
import { startOfficialHub } from "./official-hub.ts";
import { type RegistrationJob, runJobs } from "./registering.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub(undefined, { provisioningRetryAfterSeconds: 1 });
const ca = join(fileFolder(), "ca.pem");
await writeFile(ca, hub.ca);
afterAll(() => hub.close());

const program = fileURLToPath(new URL("node/provision.cjs", import.meta.url));
const otherKey = Buffer.alloc(32, 7).toString("base64");
const { idScope } = hub;

for (const [transport, port] of [
  ["Mqtt", 8883],
  ["MqttWs", 443],
] as const) {
  describeUnless(refused[port], `azure-iot-provisioning-device over ${transport}`, () => {
    /** Runs the client. It always uses the official ports, and trusts only certificate authorities from the environment. */
    function register(...jobs: RegistrationJob[]): Promise<readonly unknown[]> {
      const input = { host: hub.hostName, transport, jobs };
      return runJobs(process.execPath, [program], input, { NODE_EXTRA_CA_CERTS: ca });
    }

    it("registers with an individual key, and exchanges payloads", async () => {
      const registrationId = freshId("reg");
      const deviceId = freshId();
      const received: unknown[] = [];
      const { primaryKey: key } = await hub.createEnrollment(registrationId, {
        deviceId,
        initialTwin: { tags: { floor: 2 }, desired: { interval: 5 } },
        allocation: ({ payload }) => {
          received.push(payload);
          return { payload: { room: "kitchen" } };
        },
      });
      const outcomes = await register({ idScope, registrationId, key, payload: { model: "x" } });
      expect(outcomes).toMatchObject([
        {
          result: {
            status: "assigned",
            registrationId,
            deviceId,
            assignedHub: hub.hostName,
            substatus: "initialAssignment",
            payload: { room: "kitchen" },
          },
        },
      ]);
      expect(received).toEqual([{ model: "x" }]);
      const twin = await hub.getTwin(deviceId);
      expect(twin).toMatchObject({ tags: { floor: 2 }, properties: { desired: { interval: 5 } } });
      const { authentication } = await hub.getDevice(deviceId);
      expect(authentication.symmetricKey.primaryKey).toBe(key);
    });

    it("is assigned to one of several hubs, and to another after it is moved", async () => {
      const name = freshId("hub");
      const other = await hub.createHub(name);
      const registrationId = freshId("reg");
      const { primaryKey: key } = await hub.createEnrollment(registrationId, {
        hubs: [hub.hostName, name],
        allocation: ({ hubs }) => ({ hub: hubs[0] ?? "" }),
      });
      const first = await register({ idScope, registrationId, key });
      await hub.patchDesired(registrationId, { kept: true });
      await hub.moveDevice(registrationId, name);
      const second = await register({ idScope, registrationId, key });
      expect([first, second]).toMatchObject([
        [{ result: { assignedHub: hub.hostName, substatus: "initialAssignment" } }],
        [
          {
            result: {
              assignedHub: `${other.hostName}:${other.endpoints.port}`,
              substatus: "deviceDataMigrated",
            },
          },
        ],
      ]);
      expect((await other.getTwin(registrationId)).properties.desired).toMatchObject({ kept: true });
      await expect(hub.getDevice(registrationId)).rejects.toMatchObject({ name: "DeviceNotFound" });
      await other.close();
    });

    it("registers a hundred devices of a group at once", async () => {
      const { primaryKey } = await hub.createEnrollmentGroup(freshId("group"));
      const ids = Array.from({ length: 100 }, () => freshId("reg"));
      const jobs = await Promise.all(
        ids.map(async (registrationId) => ({
          idScope,
          registrationId,
          key: await deriveDeviceKey(primaryKey, registrationId),
        })),
      );
      expect(await register(...jobs)).toMatchObject(ids.map((deviceId) => ({ result: { deviceId } })));
    });

    it("registers with certificates, by thumbprint and by the authority of a group", async () => {
      const [own, ofGroup] = [freshId("reg"), freshId("reg")];
      const certificate = await createCertificate(own);
      await hub.createEnrollment(own, {
        attestation: { type: "x509", primaryThumbprint: certificate.thumbprint },
      });
      const authority = await createCertificateAuthority("factory");
      await hub.createEnrollmentGroup(freshId("group"), {
        attestation: { type: "x509", ca: authority.cert },
      });
      const signed = await createCertificate(ofGroup, { ca: authority });
      const outcomes = await register(
        { idScope, registrationId: own, x509: certificate },
        { idScope, registrationId: ofGroup, x509: signed },
      );
      expect(outcomes).toMatchObject([{ result: { deviceId: own } }, { result: { deviceId: ofGroup } }]);
      const { authentication } = await hub.getDevice(ofGroup);
      expect(authentication.x509Thumbprint.primaryThumbprint?.toUpperCase()).toBe(signed.thumbprint);
    });

    it("waits for polls and after 429, as requested", async () => {
      const registrationId = freshId("reg");
      const { primaryKey: key } = await hub.createEnrollment(registrationId);
      const fault = { assigningPolls: 1, throttle: 1, throttlePolls: 1, retryAfterSeconds: 1 };
      hub.faults.provisioning({ registrationId, ...fault });
      const outcomes = await register({ idScope, registrationId, key });
      expect(outcomes).toMatchObject([{ result: { deviceId: registrationId } }]);
    });

    it("is rejected for a wrong key, id scope or certificate, and receives the error of an assignment", async () => {
      const [wrongKey, failing, wrongName] = [freshId("reg"), freshId("reg"), freshId("reg")];
      const { primaryKey: key } = await hub.createEnrollment(wrongKey);
      const { primaryKey: failingKey } = await hub.createEnrollment(failing);
      const certificate = await createCertificate("another-name");
      await hub.createEnrollment(wrongName, {
        attestation: { type: "x509", primaryThumbprint: certificate.thumbprint },
      });
      const fail = { errorCode: 400207, message: "no hub has room" };
      hub.faults.provisioning({ registrationId: failing, fail });
      // The client doesn't translate the connection's error.
      const unauthorized = { message: expect.stringContaining("Not authorized") };
      const outcomes = await register(
        { idScope, registrationId: wrongKey, key: otherKey },
        { idScope: "0neFFFFFFFF", registrationId: wrongKey, key },
        { idScope, registrationId: freshId("unknown"), key },
        { idScope, registrationId: wrongName, x509: certificate },
        { idScope, registrationId: failing, key: failingKey },
      );
      expect(outcomes).toMatchObject([
        unauthorized,
        unauthorized,
        unauthorized,
        unauthorized,
        { result: { registrationState: { errorCode: fail.errorCode, errorMessage: fail.message } } },
      ]);
    });
  });
}
