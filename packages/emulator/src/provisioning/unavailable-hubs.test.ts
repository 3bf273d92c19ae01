import { describe, expect, it } from "vitest";
import { TestProvisioning } from "../testing/provisioning.ts";
import { everyHub } from "./linked-hubs.ts";
import type { RegistrationOperation } from "./registration-record.ts";

const all = ["localhost", "hub-a", "hub-b"] as const;
const ids = Array.from({ length: 90 }, (_, n) => `reg-${n}`);

/** Registers each device, and returns the hub that it is assigned to. */
async function register(service: TestProvisioning): Promise<Record<string, string | undefined>> {
  const hubs: Record<string, string | undefined> = {};
  for (const id of ids) hubs[id] = (await service.enrol(id)).registrationState?.assignedHub;
  return hubs;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("hubs that can't be reached", () => {
  it("lose their devices to the others, which keep theirs", async () => {
    const service = new TestProvisioning();
    for (const id of ids) service.individual.create(id, { hubs: [everyHub] });
    const before = await register(service);
    for (const hub of all) {
      expect(Object.values(before).filter((each) => each === hub).length).toBeGreaterThan(15);
    }
    service.link("hub-a").isDown = true;
    const after = await register(service);
    for (const id of ids) {
      if (before[id] === "hub-a") expect(after[id]).toMatch(/^(localhost|hub-b)$/);
      else expect(after[id]).toBe(before[id]);
    }
    service.link("hub-a").isDown = false;
    expect(await register(service)).toEqual(before);
    expect(service.others["hub-a"].registry.list()).toHaveLength(
      Object.values(before).filter((each) => each === "hub-a").length,
    );
  });

  it("aren't tried while they are known to be away", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-a", "hub-b"], allocation: "geoLatency" });
    service.link("hub-a").isAvailable = false;
    expect((await service.enrol("reg-1")).registrationState?.assignedHub).toBe("hub-b");
    expect(service.others["hub-a"].registry.list()).toEqual([]);
  });

  it("can't hand a twin over: the device gets its initial one", async () => {
    const service = new TestProvisioning();
    const initialTwin = { desired: { n: 1 } };
    service.individual.create("reg-1", { hubs: ["hub-a", "hub-b"], allocation: "geoLatency", initialTwin });
    await service.enrol("reg-1");
    service.others["hub-a"].twins.patchDesired({ deviceId: "reg-1" }, { n: 2 });
    service.link("hub-a").isDown = true;
    expect((await service.enrol("reg-1")).registrationState).toMatchObject({ assignedHub: "hub-b" });
    const moved = service.others["hub-b"].twins.of({ deviceId: "reg-1" });
    expect(moved.desired.value).toEqual({ n: 1 });
  });

  it.each([
    ["static", { hubs: ["hub-a", "hub-b"], allocation: "static" }],
    ["custom", { allocation: () => ({ hub: "hub-a" }) }],
    ["hashed over one", { hubs: ["hub-a"] }],
  ] as const)("with the policy %s, let devices try again until they are back", async (_policy, options) => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", options);
    const link = service.link("hub-a");
    link.isDown = true;
    const { operationId } = (await service.begin("reg-1")).body as RegistrationOperation;
    await settled();
    const answer = service.poll("reg-1", operationId);
    expect(answer).toMatchObject({
      status: 503,
      retryAfterSeconds: 3,
      body: { message: "None of the device's hubs (hub-a) can be reached: hub-a is down." },
    });
    // A poll starts another attempt.
    expect(service.poll("reg-1", operationId)).toMatchObject({ status: 202 });
    await settled();
    link.isDown = false;
    expect(service.poll("reg-1", operationId)).toMatchObject({ status: 503 });
    await settled();
    const { status, body } = service.poll("reg-1", operationId);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { registrationState: { assignedHub: "hub-a", substatus: "initialAssignment" } },
    });
    expect(service.hub.seen.filter(({ type }) => type === "registrationRefused")).toHaveLength(2);
  });

  it("let a device that registers anew try again, too", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-a"] });
    service.link("hub-a").isAvailable = false;
    const first = (await service.begin("reg-1")).body as RegistrationOperation;
    await settled();
    service.link("hub-a").isAvailable = true;
    const again = await service.begin("reg-1");
    expect(again).toMatchObject({ status: 202, body: { operationId: first.operationId } });
    await settled();
    expect(service.poll("reg-1", first.operationId)).toMatchObject({ status: 200 });
  });

  it("don't keep a device from being moved", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-a"] });
    await service.enrol("reg-1");
    service.link("hub-a").isDown = true;
    await service.move("reg-1", "hub-b");
    expect((await service.enrol("reg-1")).registrationState?.assignedHub).toBe("hub-b");
  });

  it("keep the devices that the policy `never` leaves there", async () => {
    const service = new TestProvisioning();
    service.individual.create("reg-1", { hubs: ["hub-a", "hub-b"], reprovisionPolicy: "never" });
    const { registrationState } = await service.enrol("reg-1");
    const name = registrationState?.assignedHub as "hub-a" | "hub-b";
    service.link(name).isDown = true;
    const { operationId } = (await service.begin("reg-1")).body as RegistrationOperation;
    await settled();
    expect(service.poll("reg-1", operationId)).toMatchObject({ status: 503 });
    service.link(name).isDown = false;
    await settled();
    expect((await service.enrol("reg-1")).registrationState).toEqual(registrationState);
  });
});
