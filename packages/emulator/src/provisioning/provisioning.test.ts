import { describe, expect, it } from "vitest";
import { HubError } from "../hub/hub-error.ts";
import { TestProvisioning } from "../testing/provisioning.ts";
import type { RegistrationOperation } from "./registration-record.ts";

describe("a registration", () => {
  it("is accepted with 202 and a time to wait, and has ended by the next poll", async () => {
    const service = new TestProvisioning();
    service.individual.create("Reg-1");
    const begun = await service.begin("Reg-1");
    expect(begun).toEqual({
      status: 202,
      retryAfterSeconds: 3,
      body: { operationId: expect.stringMatching(/^5\.[0-9a-f]{16}\.[0-9a-f-]{36}$/), status: "assigning" },
    });
    const { operationId } = begun.body as RegistrationOperation;
    await new Promise((resolve) => setImmediate(resolve));
    expect(service.poll("reg-1", operationId)).toEqual({
      status: 200,
      body: {
        operationId,
        status: "assigned",
        registrationState: {
          registrationId: "Reg-1",
          createdDateTimeUtc: expect.stringMatching(/Z$/),
          assignedHub: "localhost",
          deviceId: "Reg-1",
          status: "assigned",
          substatus: "initialAssignment",
          lastUpdatedDateTimeUtc: expect.stringMatching(/Z$/),
          etag: expect.any(String),
          symmetricKey: {},
        },
      },
    });
    expect(service.hub.takeTypes()).toEqual(["deviceCreated", "registrationDone"]);
  });

  it("creates the device with its keys and its initial twin", async () => {
    const service = new TestProvisioning();
    const initialTwin = { tags: { floor: 1 }, desired: { interval: 5 } };
    const { attestation } = service.individual.create("reg-1", { deviceId: "dev-1", initialTwin });
    await service.enrol("reg-1");
    expect(service.hub.registry.require({ deviceId: "dev-1" })).toMatchObject({
      authentication: "sas",
      ...("primaryKey" in attestation ? { primaryKey: attestation.primaryKey } : {}),
    });
    const twin = service.hub.twins.of({ deviceId: "dev-1" });
    expect([twin.tags, twin.desired.value]).toEqual([{ floor: 1 }, { interval: 5 }]);
  });

  it("adopts an existing device and keeps its twin", async () => {
    const service = new TestProvisioning();
    service.hub.twins.patchDesired({ deviceId: "d1" }, { kept: true });
    service.individual.create("reg-1", { deviceId: "d1", initialTwin: { desired: { n: 1 } } });
    const { registrationState } = await service.enrol("reg-1");
    expect(registrationState?.substatus).toBe("initialAssignment");
    expect(service.hub.twins.of({ deviceId: "d1" }).desired.value).toEqual({ kept: true });
  });

  it("in progress is not started twice", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { allocation: () => new Promise(() => {}) });
    const first = await service.begin("reg-1");
    expect(await service.begin("reg-1")).toEqual(first);
  });

  it.each([undefined, [], { registrationId: "other" }, {}])(
    "with the body %j is a bad request",
    async (body) => {
      const service = new TestProvisioning();
      service.individual.create("reg-1");
      const attested = await service.attestDevice("reg-1");
      if ("detail" in attested) throw new Error(attested.detail);
      expect(service.register(attested, body)).toMatchObject({ status: 400, body: { errorCode: 400004 } });
    },
  );

  it("whose enrollment was deleted in the meantime is unauthorized", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1");
    const attested = await service.attestDevice("reg-1");
    service.deleteEnrollment("reg-1");
    if ("detail" in attested) throw new Error(attested.detail);
    expect(service.register(attested, { registrationId: "reg-1" })).toMatchObject({
      status: 401,
      body: { errorCode: 401002, message: "Unauthorized", trackingId: expect.any(String) },
    });
  });

  it("of another device can't be polled", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1");
    service.individual.create("reg-2");
    const { operationId } = (await service.begin("reg-1")).body as RegistrationOperation;
    expect(service.poll("reg-2", operationId)).toMatchObject({ status: 404, body: { errorCode: 404202 } });
    expect(service.poll("reg-1", "unknown")).toMatchObject({ status: 404 });
  });

  it("of a disabled enrollment ends as disabled, and creates no device", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { provisioningStatus: "disabled" });
    expect(await service.enrol("reg-1")).toMatchObject({
      status: "disabled",
      registrationState: { status: "disabled", registrationId: "reg-1" },
    });
    expect(service.hub.registry.find({ deviceId: "reg-1" })).toBeUndefined();
  });
});

describe("a device that registers again", () => {
  async function twice(reprovisionPolicy: "migrate" | "reset" | "never") {
    const service = new TestProvisioning();
    let hub: "hub-a" | "hub-b" = "hub-a";
    service.individual.create("reg-1", {
      reprovisionPolicy,
      hubs: ["hub-a", "hub-b"],
      initialTwin: { desired: { n: 1 } },
      allocation: () => ({ hub }),
    });
    const first = await service.enrol("reg-1");
    const { twins } = service.others["hub-a"];
    twins.patchDesired({ deviceId: "reg-1" }, { n: 2 });
    twins.patchReported({ deviceId: "reg-1" }, { r: 3 });
    hub = "hub-b";
    const second = await service.enrol("reg-1");
    const exists = Object.values(service.others).map(
      ({ registry }) => registry.find({ deviceId: "reg-1" }) !== undefined,
    );
    const hubOfDevice = exists[1] === true ? service.others["hub-b"] : service.others["hub-a"];
    const { desired, reported } = hubOfDevice.twins.of({ deviceId: "reg-1" });
    return {
      first: first.registrationState,
      second: second.registrationState,
      exists,
      twin: { desired: desired.value, reported: reported.value, version: desired.version },
    };
  }

  it("moves with its twin, whose versions start over, and is deleted in its old hub", async () => {
    const { first, second, exists, twin } = await twice("migrate");
    expect(first?.assignedHub).toBe("hub-a");
    expect(second).toMatchObject({ assignedHub: "hub-b", substatus: "deviceDataMigrated" });
    expect(second?.createdDateTimeUtc).toBe(first?.createdDateTimeUtc);
    expect(exists).toEqual([false, true]);
    expect(twin).toEqual({ desired: { n: 2 }, reported: { r: 3 }, version: 2 });
  });

  it("moves and gets the initial twin", async () => {
    const { second, exists, twin } = await twice("reset");
    expect(second).toMatchObject({ assignedHub: "hub-b", substatus: "deviceDataReset" });
    expect(exists).toEqual([false, true]);
    expect(twin).toMatchObject({ desired: { n: 1 }, reported: {} });
  });

  it("stays as it is", async () => {
    const { first, second, exists, twin } = await twice("never");
    expect(second).toEqual(first);
    expect(exists).toEqual([true, false]);
    expect(twin.desired).toEqual({ n: 2 });
  });

  it("is assigned to the hub it is moved to, and until then disabled in its old hub", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-a"], deviceId: "dev-1" });
    await service.enrol("reg-1");
    await service.move("REG-1", "hub-b");
    const { "hub-a": from, "hub-b": to } = service.others;
    expect(from.registry.find({ deviceId: "dev-1" })?.status).toBe("disabled");
    const { registrationState } = await service.enrol("reg-1");
    expect(registrationState).toMatchObject({ assignedHub: "hub-b", deviceId: "dev-1" });
    expect(from.registry.find({ deviceId: "dev-1" })).toBeUndefined();
    expect(to.registry.find({ deviceId: "dev-1" })?.status).toBe("enabled");
    expect((await service.enrol("reg-1")).registrationState?.assignedHub).toBe("hub-b");
  });

  it("can't be moved to an unknown hub, or before it has registered", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1");
    await expect(service.move("reg-1", "hub-b")).rejects.toMatchObject({ name: "EnrollmentNotFound" });
    await service.enrol("reg-1");
    await expect(service.move("reg-1", "hub-c")).rejects.toMatchObject({ name: "ArgumentInvalid" });
  });

  it("is recreated if it was deleted in its hub", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { initialTwin: { desired: { n: 1 } } });
    await service.enrol("reg-1");
    const again = await service.enrol("reg-1");
    expect(again.registrationState?.substatus).toBe("initialAssignment");
    service.hub.identities.delete({ deviceId: "reg-1" });
    const { registrationState } = await service.enrol("reg-1");
    expect(registrationState?.substatus).toBe("reprovisionedToInitialAssignment");
    expect(service.hub.twins.of({ deviceId: "reg-1" }).desired.value).toEqual({ n: 1 });
  });
});

describe("allocation", () => {
  it("distributes devices over the hubs, and a device always to the same one", async () => {
    const service = new TestProvisioning();
    const hubs = ["hub-a", "hub-b"];
    const assigned: (string | undefined)[] = [];
    for (let n = 0; n < 20; n++) {
      service.individual.create(`reg-${n}`, { hubs });
      assigned.push((await service.enrol(`reg-${n}`)).registrationState?.assignedHub);
    }
    expect(new Set(assigned)).toEqual(new Set(hubs));
    const again = await service.enrol("reg-7");
    expect(again.registrationState?.assignedHub).toBe(assigned[7]);
  });

  it.each(["static", "geoLatency"] as const)("%s selects the first hub", async (allocation) => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-b", "hub-a"], allocation });
    expect((await service.enrol("reg-1")).registrationState?.assignedHub).toBe("hub-b");
  });

  it("by a function receives the payload of the device, and can return one", async () => {
    const service = new TestProvisioning();
    const asked: unknown[] = [];
    service.individual.create("reg-1", {
      hubs: ["hub-a"],
      payload: "from the enrollment",
      allocation: async (request) => {
        asked.push(request);
        return { hub: "hub-b", initialTwin: { tags: { n: 1 } }, payload: ["out"] };
      },
    });
    const { registrationState } = await service.enrol("reg-1", { payload: { model: "x" } });
    expect(asked).toEqual([
      { registrationId: "reg-1", enrollmentGroupId: undefined, payload: { model: "x" }, hubs: ["hub-a"] },
    ]);
    expect(registrationState).toMatchObject({ assignedHub: "hub-b", payload: ["out"] });
    expect(service.others["hub-b"].twins.of({ deviceId: "reg-1" }).tags).toEqual({ n: 1 });
  });

  it("to a hub that no longer exists fails the registration", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { allocation: () => ({ hub: "hub-c" }) });
    expect(await service.enrol("reg-1")).toMatchObject({
      status: "failed",
      registrationState: { errorMessage: "Custom allocation failed: 'hub-c' is not a hub of this emulator" },
    });
  });

  it("by a function that throws fails the registration", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", {
      allocation: () => {
        throw new Error("no room");
      },
    });
    expect(await service.enrol("reg-1")).toMatchObject({
      status: "failed",
      registrationState: { errorCode: 400207, errorMessage: "Custom allocation failed: no room" },
    });
  });
});

describe("a registration with a signing request", () => {
  it("gets a certificate, by which the hub identifies the device from then on, whatever the policy", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { reprovisionPolicy: "never" });
    await service.enrol("reg-1");
    expect(service.hub.registry.require({ deviceId: "reg-1" }).authentication).toBe("sas");
    const { registrationState } = await service.enrol("reg-1", { csr: "AQID" });
    expect(registrationState).toMatchObject({ status: "assigned", issuedCertificateChain: ["AQID", "ca"] });
    expect(service.hub.registry.require({ deviceId: "reg-1" })).toMatchObject({
      authentication: "selfSigned",
      primaryThumbprint: "e".repeat(64),
    });
  });

  it("that isn't valid fails, with the reason", async () => {
    const service = new TestProvisioning({
      issueCertificate: () => Promise.reject(new HubError("ArgumentInvalid", "not that one")),
    });
    service.individual.create("reg-1");
    expect(await service.enrol("reg-1", { csr: "AQID" })).toMatchObject({
      status: "failed",
      registrationState: { errorCode: 400004, errorMessage: "not that one" },
    });
    expect(await service.begin("reg-1", { csr: 7 })).toMatchObject({ status: 400 });
  });
});

describe("faults", () => {
  it("make a registration slow, busy, and fail", async () => {
    const faults: object[] = [
      { throttled: true, retryAfterSeconds: 9 },
      {
        assigningPolls: 1,
        throttlePolls: 1,
        retryAfterSeconds: 1,
        fail: { errorCode: 500001, message: "so" },
      },
    ];
    const service = new TestProvisioning({ interceptor: () => faults.shift() });
    service.individual.create("reg-1");
    expect(await service.begin("reg-1")).toMatchObject({
      status: 429,
      retryAfterSeconds: 9,
      body: { errorCode: 429001 },
    });
    const begun = await service.begin("reg-1");
    expect(begun).toMatchObject({ status: 202, retryAfterSeconds: 1 });
    const { operationId } = begun.body as RegistrationOperation;
    expect(service.poll("reg-1", operationId)).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    expect(service.poll("reg-1", operationId)).toMatchObject({ status: 202, retryAfterSeconds: 1 });
    expect(service.poll("reg-1", operationId)).toMatchObject({
      status: 200,
      body: { status: "failed", registrationState: { errorCode: 500001, errorMessage: "so" } },
    });
  });
});
