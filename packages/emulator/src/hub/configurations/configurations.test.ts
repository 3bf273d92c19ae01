import { VirtualClock } from "@isohub/core/testing";
import { expect, it } from "vitest";
import { MemoryStore } from "../../store/memory-store.ts";
import { TestHub } from "../../testing/hub.ts";

it("a configuration is there after a restart, with what it has set", () => {
  const clock = new VirtualClock();
  const store = new MemoryStore();
  const hub = new TestHub(clock, { store });
  hub.identities.create({ deviceId: "d" }, {});
  const options = { schemaVersion: "1.0", labels: {}, targetCondition: "*", priority: 0, queries: {} };
  hub.configurations.create("c", { ...options, content: { deviceContent: { "properties.desired.a": 1 } } });
  hub.end();
  const restored = new TestHub(clock, { store: new MemoryStore(store.snapshot()) });
  const desired = (id: string): unknown => restored.twins.of({ deviceId: id }).desired.value;
  restored.identities.create({ deviceId: "later" }, {});
  expect([desired("d"), desired("later")]).toEqual([{ a: 1 }, { a: 1 }]);
  restored.configurations.delete("c", "*");
  expect([desired("d"), desired("later")]).toEqual([{}, {}]);
  restored.identities.delete({ deviceId: "later" });
  expect(store.snapshot().tables["configurations"]).toHaveLength(1);
  expect(restored.views.twin({ deviceId: "d" })).not.toHaveProperty("configurations");
});
