import { VirtualClock } from "@isohub/core/testing";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { TestHub } from "../../testing/hub.ts";

const update = { queryCondition: "*", type: "scheduleUpdateTwin", maxExecutionTimeInSeconds: 60 } as const;

describe("a job", () => {
  it("begins at its time, also if the hub was restarted before", async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore();
    const hub = new TestHub(clock, { store });
    hub.identities.create({ deviceId: "d" }, {});
    const startsAt = clock.now() + 5000;
    hub.jobs.create({ ...update, jobId: "j", startsAt, updateTwin: { tags: { a: 1 } } });
    hub.end();
    const restored = new TestHub(clock, { store: new MemoryStore(store.snapshot()) });
    await clock.advance(4999);
    expect(restored.jobs.get("j")).toMatchObject({ status: "scheduled" });
    await clock.advance(1);
    expect(restored.jobs.get("j")).toMatchObject({ status: "completed" });
    expect(restored.twins.of({ deviceId: "d" }).tags).toEqual({ a: 1 });
  });

  it("doesn't call a method again that had no response before a restart, and fails when its time is up", async () => {
    const clock = new VirtualClock();
    const store = new MemoryStore();
    const hub = new TestHub(clock, { store });
    hub.identities.create({ deviceId: "d" }, {});
    const cloudToDeviceMethod = { methodName: "m", connectTimeoutInSeconds: 300 };
    const method = { ...update, type: "scheduleDeviceMethod", cloudToDeviceMethod } as const;
    hub.jobs.create({ ...method, jobId: "late" });
    await clock.advance(0);
    expect(hub.jobs.get("late")).toMatchObject({
      status: "running",
      deviceJobStatistics: { runningCount: 1 },
    });
    const snapshot = store.snapshot();
    await clock.advance(60_000);
    expect(hub.jobs.get("late")).toMatchObject({ status: "failed", deviceJobStatistics: { failedCount: 1 } });
    const restored = new TestHub(clock, { store: new MemoryStore(snapshot) });
    await clock.advance(0);
    expect(restored.jobs.get("late")).toMatchObject({
      status: "completed",
      deviceJobStatistics: { failedCount: 1 },
    });
  });
});
