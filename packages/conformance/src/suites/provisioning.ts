import { deriveDeviceKey, type RegistrationProgress, X509 } from "@isohub/core";
import { beforeEach, describe, expect, it } from "vitest";
import { freshId } from "../device.ts";
import type { CertificateMaker, Fixtures } from "../fixtures.ts";
import { provisioners } from "../provisioner.ts";
import { certificatesOf } from "../skip.ts";

export function provisioningSuite(fixtures: Fixtures): void {
  const { hub } = fixtures;
  const { provisioner, enrolled, sends } = provisioners(fixtures);

  describe("provisioning with a symmetric key", () => {
    it("registers, and the device connects with the result", async () => {
      const deviceId = freshId();
      const { registrationId, key, client } = await enrolled({
        deviceId,
        initialTwin: { desired: { interval: 5 } },
        payload: { greeting: "welcome" },
      });
      client.provisioningPayload = { model: "thermostat" };
      const result = await client.register();
      expect(result).toMatchObject({
        operationId: expect.stringMatching(/./),
        status: "assigned",
        registrationState: {
          registrationId,
          deviceId,
          status: "assigned",
          subStatus: "initialAssignment",
          assignedHub: expect.stringMatching(/localhost|memory-hub/),
          etag: expect.stringMatching(/./),
          responsePayload: { greeting: "welcome" },
          errorCode: undefined,
        },
      });
      expect(Date.parse(result.registrationState?.createdDateTime ?? "")).toBeGreaterThan(0);
      expect(await sends(result, key)).toBe(1);
      expect((await hub.getTwin(deviceId)).properties.desired).toMatchObject({ interval: 5 });
    });

    it("registers with a key derived from a group's key", async () => {
      const group = freshId("group");
      const { primaryKey } = await hub.createEnrollmentGroup(group);
      const registrationId = freshId("Reg.Of:Group_1-");
      const key = await deriveDeviceKey(primaryKey, registrationId);
      const result = await (await provisioner(registrationId, key)).register();
      expect(result.registrationState).toMatchObject({ deviceId: registrationId, responsePayload: null });
      expect(await sends(result, key)).toBe(1);
    });

    it("registers again as the same device, and keeps its twin", async () => {
      const { registrationId, key, client } = await enrolled({ initialTwin: { desired: { n: 1 } } });
      const first = await client.register();
      await hub.patchDesired(registrationId, { n: 2 });
      const again = await (await provisioner(registrationId, key)).register();
      expect(again.registrationState?.assignedHub).toBe(first.registrationState?.assignedHub);
      expect(again.registrationState?.deviceId).toBe(first.registrationState?.deviceId);
      expect((await hub.getTwin(registrationId)).properties.desired).toMatchObject({ n: 2 });
    });

    it("resets the twin if the enrollment requires it", async () => {
      const { registrationId, key, client } = await enrolled({
        reprovisionPolicy: "reset",
        initialTwin: { desired: { n: 1 } },
      });
      await client.register();
      await hub.patchDesired(registrationId, { n: 2 });
      const again = await (await provisioner(registrationId, key)).register();
      expect(again.registrationState?.subStatus).toBe("deviceDataReset");
      expect((await hub.getTwin(registrationId)).properties.desired).toMatchObject({ n: 1 });
    });

    it("reports its progress, and polls at the interval that the service requests", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, assigningPolls: 1, retryAfterSeconds: 1 });
      const steps: RegistrationProgress[] = [];
      const started = performance.now();
      await client.register({ onProgress: (step) => steps.push(step) });
      expect(steps).toEqual([
        { status: "connecting", nextPollMs: undefined },
        { status: "registering", nextPollMs: undefined },
        { status: "assigning", nextPollMs: 1000 },
        { status: "assigning", nextPollMs: 1000 },
      ]);
      // Two polls of a second each; timers may be a little early.
      expect(performance.now() - started).toBeGreaterThan(1900);
    });

    it("retries if the service throttles", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, throttle: 1, throttlePolls: 1, retryAfterSeconds: 0 });
      const steps: string[] = [];
      const { status } = await client.register({ onProgress: (step) => steps.push(step.status) });
      expect(status).toBe("assigned");
      expect(steps).toEqual([
        "connecting",
        "registering",
        "retrying",
        "registering",
        "assigning",
        "retrying",
      ]);
    });

    it("continues its operation after the connection is lost", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, assigningPolls: 1, retryAfterSeconds: 1 });
      const registered = await hub.countEvents("registrationDone", registrationId);
      const steps: string[] = [];
      let cut: Promise<boolean> | undefined;
      const { status } = await client.register({
        onProgress: (step) => {
          steps.push(step.status);
          if (step.status === "assigning") cut ??= hub.faults.drop(`$dps/${registrationId}`);
        },
      });
      await cut;
      expect(status).toBe("assigned");
      expect(steps.filter((step) => step === "connecting")).toHaveLength(2);
      expect(await registered()).toBe(1);
    });

    it("registers once even if the connection drops before the response", async () => {
      const { registrationId, client } = await enrolled();
      await hub.faults.provisioning({ registrationId, dropAfterRegister: true });
      expect((await client.register()).registrationState?.deviceId).toBe(registrationId);
    });

    it("registers a hundred devices at once", async () => {
      const { primaryKey } = await hub.createEnrollmentGroup(freshId("group"));
      const ids = Array.from({ length: 100 }, () => freshId("many"));
      const results = await Promise.all(
        ids.map(async (id) => (await provisioner(id, await deriveDeviceKey(primaryKey, id))).register()),
      );
      expect(results.map((result) => result.registrationState?.deviceId)).toEqual(ids);
    });
  });

  describe("provisioning with a certificate", () => {
    let maker: CertificateMaker;
    beforeEach((context) => {
      maker = certificatesOf(context, fixtures);
    });

    it("registers by thumbprint, and the device connects with that certificate", async () => {
      const registrationId = freshId("reg");
      const { cert, key, thumbprint } = await maker.client(registrationId);
      await hub.createEnrollment(registrationId, {
        attestation: { type: "x509", primaryThumbprint: thumbprint },
      });
      const x509 = new X509(cert, key);
      const result = await (await provisioner(registrationId, x509)).register();
      expect(result.registrationState?.deviceId).toBe(registrationId);
      expect(await sends(result, x509)).toBe(1);
    });

    it("registers by the authority of a group", async () => {
      const ca = await maker.authority("factory of a group");
      await hub.createEnrollmentGroup(freshId("group"), { attestation: { type: "x509", ca: ca.cert } });
      const registrationId = freshId("reg");
      const { cert, key } = await maker.client(registrationId, { ca });
      const x509 = new X509(cert, key);
      const result = await (await provisioner(registrationId, x509)).register();
      expect(await sends(result, x509)).toBe(1);
    });

    it("returns a certificate for a signing request, and the device connects only with that", async () => {
      const { registrationId, key, client } = await enrolled();
      const request = await maker.request(registrationId);
      const result = await client.register({ csr: request.csr });
      const { issuedCertificateChain } = result.registrationState ?? {};
      expect(issuedCertificateChain).toHaveLength(3);
      expect(await sends(result, request.x509(issuedCertificateChain))).toBe(1);
      await expect(sends(result, key)).rejects.toMatchObject({ code: "not_authorized" });
      // A second certificate, while the first one is still valid.
      const next = await maker.request(registrationId);
      const renewed = await (await provisioner(registrationId, key)).register({ csr: next.csr });
      expect(await sends(renewed, next.x509(renewed.registrationState?.issuedCertificateChain))).toBe(2);
    });

    it("rejects a signing request for another device", async () => {
      const { client } = await enrolled();
      const { csr } = await maker.request("someone-else");
      await expect(client.register({ csr })).rejects.toMatchObject({
        name: "ServiceError",
        code: "registration_failed",
        message: expect.stringMatching(/common name '.*', got 'someone-else'/),
      });
    });

    it("rejects a certificate with another common name", async () => {
      const registrationId = freshId("reg");
      const { cert, key, thumbprint } = await maker.client("someone-else");
      await hub.createEnrollment(registrationId, {
        attestation: { type: "x509", primaryThumbprint: thumbprint },
      });
      const client = await provisioner(registrationId, new X509(cert, key));
      await expect(client.register()).rejects.toMatchObject({
        name: "CredentialError",
        code: "not_authorized",
        remediation: expect.stringContaining("certificate"),
      });
    });
  });
}
