import { describe, expect, it } from "vitest";
import type { Certificate } from "../certificates/certificate.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { TestProvisioning } from "../testing/provisioning.ts";
import { enrollmentView, groupView } from "./enrollment.ts";

const parseCertificate = (pem: string): Certificate => ({
  sha1: pem,
  sha256: pem,
  commonName: pem,
  notBefore: 0,
  notAfter: Number.MAX_SAFE_INTEGER,
  isAuthority: true,
  isIssuedBy: ({ sha256 }) => sha256 === "ca",
});

function restored(store: MemoryStore): TestProvisioning {
  const document = JSON.parse(JSON.stringify(store.snapshot())) as ReturnType<MemoryStore["snapshot"]>;
  return new TestProvisioning({ store: new MemoryStore(document), parseCertificate });
}

/** Everything that can be seen of a service. */
function visible(service: TestProvisioning): unknown {
  return {
    ownerKey: service.ownerKey,
    enrollments: service.individual.list().map(enrollmentView),
    groups: service.groups.list().map(groupView),
    registrations: service.states(),
  };
}

describe("a provisioning service restored from a snapshot", () => {
  it("has the same enrollments and registrations", async () => {
    const store = new MemoryStore();
    const service = new TestProvisioning({ store, parseCertificate });
    const initialTwin = { tags: { a: 1 }, desired: { b: [null] } };
    service.individual.create("Reg-2", { deviceId: "device", hubs: ["hub-a", "hub-b"], initialTwin });
    service.individual.create("reg-1", { payload: { $bytes: "AA==" }, reprovisionPolicy: "reset" });
    service.groups.create("by-ca", {
      attestation: { type: "x509", ca: ["ca"] },
      provisioningStatus: "disabled",
    });
    await service.enrol("Reg-2");
    await service.enrol("reg-1", { payload: 1 });
    const again = restored(store);
    expect(visible(again)).toEqual(visible(service));
    expect(again.state("reg-1").payload).toEqual({ $bytes: "AA==" });
    const presented = { token: undefined, certificates: [parseCertificate("leaf")] };
    expect(await again.attest("0neTEST", "leaf", presented)).toMatchObject({ enrollment: { id: "by-ca" } });
  });

  it("registers devices again, and moves those that were to be moved", async () => {
    const store = new MemoryStore();
    const service = new TestProvisioning({ store });
    service.individual.create("reg-1", { hubs: ["hub-a"] });
    await service.enrol("reg-1");
    service.move("reg-1", "hub-b");
    const { registrationState } = await restored(store).enrol("reg-1");
    expect(registrationState).toMatchObject({ assignedHub: "hub-b", substatus: "deviceDataMigrated" });
  });

  it("can't restore the function of a custom allocation, and reports that", async () => {
    const store = new MemoryStore();
    const service = new TestProvisioning({ store });
    service.individual.create("reg-1", { allocation: () => ({ hub: "hub-a" }) });
    expect(await service.enrol("reg-1")).toMatchObject({ status: "assigned" });
    expect((await restored(store).enrol("reg-1")).registrationState).toMatchObject({
      status: "failed",
      errorCode: 400207,
      errorMessage: "Custom allocation failed: the enrollment was restored without its function",
    });
  });

  it("keeps nothing of an enrollment that was deleted", async () => {
    const store = new MemoryStore();
    const service = new TestProvisioning({ store });
    service.individual.create("reg-1");
    await service.enrol("reg-1");
    service.deleteEnrollment("reg-1");
    const again = restored(store);
    expect(again.individual.list()).toEqual([]);
    expect(again.states()).toEqual([]);
  });
});
