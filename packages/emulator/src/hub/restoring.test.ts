import { utf8 } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import type { Certificate } from "../certificates/certificate.ts";
import { MemoryStore } from "../store/memory-store.ts";
import { TestHub, testHub } from "../testing/hub.ts";

const c2d = "devices/d1/messages/devicebound/#";

function parseCertificate(pem: string): Certificate {
  const hash = { sha1: `${pem}-1`, sha256: `${pem}-256` };
  return {
    ...hash,
    commonName: pem,
    notBefore: 0,
    notAfter: 0,
    isAuthority: true,
    isIssuedBy: () => false,
  };
}

/** A hub that continues where another ended, by way of a JSON document. */
function restored(store: MemoryStore, hub: TestHub): TestHub {
  const document: unknown = JSON.parse(JSON.stringify(store.snapshot()));
  return new TestHub(hub.clock, {
    store: new MemoryStore(document as ReturnType<MemoryStore["snapshot"]>),
    parseCertificate,
  });
}

/** A hub with state of every kind: identities, twins, messages, feedback, routes, uploads and telemetry. */
async function busyHub(): Promise<{ hub: TestHub; store: MemoryStore }> {
  const store = new MemoryStore();
  const hub = testHub({ store, parseCertificate });
  const { identities, twins, uploads, inputs, authorities } = hub;
  identities.create({ deviceId: "d0" }, { status: "disabled", statusReason: "lost" });
  identities.create({ deviceId: "d2" }, { primaryThumbprint: "a".repeat(40) });
  for (const moduleId of ["m1", "m2"]) identities.create({ deviceId: "d1", moduleId }, {});
  identities.update({ deviceId: "d0" }, { statusReason: "found" });
  for (const pem of ["ca-b", "ca-a"]) authorities.add(pem);
  const { session, connection } = await hub.device("d1", { clean: false });
  hub.listen(session, c2d);
  for (const body of ["one", "two", "three"]) hub.c2d.send("d1", body, { ack: "full", messageId: body });
  hub.operations.acknowledge(session, connection.take()[0]?.messageId ?? 0);
  await hub.clock.advance(1000);
  hub.from(session, "devices/d1/messages/events/a=1&%24.mid=m", "first");
  hub.operations.publish(session, {
    topic: "devices/d1/messages/events/",
    payload: Uint8Array.of(0xff, 0),
    qos: 1,
    retain: true,
    dup: true,
  });
  hub.from(session, "$iothub/twin/PATCH/properties/reported/?$rid=1", { on: true, deep: { n: null } });
  twins.patchDesired({ deviceId: "d1" }, { é: [1, { a: "b" }] });
  await hub.clock.advance(1000);
  twins.patchDesired({ deviceId: "d1" }, { speed: 3 });
  twins.patchTags({ deviceId: "d1", moduleId: "m1" }, { room: "x" });
  const route = { from: { deviceId: "d1", moduleId: "m1" }, to: { moduleId: "m2", input: "in" } };
  inputs.routes.remove(inputs.routes.add(route).id);
  inputs.routes.add(route);
  inputs.send({ deviceId: "d1", moduleId: "m2" }, "in", Uint8Array.of(1), { messageId: "to-m2" });
  const { correlationId } = uploads.start("d1", "done.txt");
  uploads.start("d1", "open.txt");
  uploads.notify("d1", correlationId, { isSuccess: true, statusCode: 201 });
  connection.end("connectionLost");
  hub.c2d.send("d1", "four", { messageId: "four", properties: { p: "q" } });
  return { hub, store };
}

/** The observable state of a hub. */
function visible(hub: TestHub): unknown {
  const identities = hub.registry.list();
  return {
    identities,
    devices: identities.filter(({ moduleId }) => !moduleId).map(({ deviceId }) => hub.views.device(deviceId)),
    modules: hub.views.modules("d1"),
    twins: identities.map((identity) => hub.views.twin(identity)),
    policies: [...hub.policies.values()],
    authorities: hub.authorities.list().map(({ sha256 }) => sha256),
    c2d: hub.c2d.list("d1"),
    feedback: hub.c2d.feedback(),
    inputs: hub.inputs.list({ deviceId: "d1", moduleId: "m2" }),
    routes: hub.inputs.routes.list(),
    uploads: hub.uploads.list(),
    telemetry: hub.telemetry.read(),
  };
}

describe("a hub restored from a snapshot", () => {
  it("has the same state", async () => {
    const { hub, store } = await busyHub();
    const before = visible(hub);
    expect(before).toMatchObject({
      c2d: [
        { messageId: "two", deliveryCount: 1 },
        { messageId: "three" },
        { messageId: "four", deliveryCount: 0 },
      ],
      feedback: [{ originalMessageId: "one", statusCode: "Success" }],
      telemetry: [{ sequenceNumber: 1 }, { sequenceNumber: 2, dup: true, body: Uint8Array.of(0xff, 0) }],
      routes: [{ id: "route2" }],
    });
    expect(visible(restored(store, hub))).toEqual(before);
  });

  it("accepts the devices of the snapshot and redelivers their messages under the same packet ids", async () => {
    const { hub, store } = await busyHub();
    const old = await hub.device("d1");
    const again = restored(store, hub);
    const { session, connection } = await again.device("d1", { token: await hub.token("d1") });
    expect(session.sessionPresent).toBe(true);
    again.operations.subscribed(session);
    const sent = connection.take();
    expect(sent.map(({ text, dup }) => [text, dup])).toEqual([
      ["two", true],
      ["three", true],
      ["four", true],
    ]);
    expect(sent.map(({ messageId }) => messageId)).toEqual(
      old.connection.take().map(({ messageId }) => messageId),
    );
    for (const { messageId = 0 } of sent) again.operations.acknowledge(session, messageId);
    expect(again.c2d.list("d1")).toEqual([]);
  });

  it("continues all numbers where the snapshot ended", async () => {
    const { hub, store } = await busyHub();
    const again = restored(store, hub);
    const created = again.identities.create({ deviceId: "d3" }, {});
    expect(hub.registry.list().map(({ generationId }) => generationId)).not.toContain(created.generationId);
    const { session } = await again.device("d3");
    again.from(session, "devices/d3/messages/events/", utf8("x"));
    expect(again.telemetry.read().at(-1)?.sequenceNumber).toBe(3);
    again.twins.patchDesired({ deviceId: "d1" }, { speed: 4 });
    expect(again.views.twin({ deviceId: "d1" }).properties.desired["$version"]).toBe(4);
    expect(
      again.inputs.routes.add({
        from: { deviceId: "d1", moduleId: "m1" },
        to: { moduleId: "m2", input: "x" },
      }).id,
    ).toBe("route3");
    again.c2d.send("d1", "five", { messageId: "five" });
    expect(again.c2d.list("d1").map(({ messageId }) => messageId)).toEqual(["two", "three", "four", "five"]);
  });

  it("knows the modules of each device, and deletes them with it", async () => {
    const { hub, store } = await busyHub();
    const again = restored(store, hub);
    const ids = (device: string): unknown[] => again.registry.modules(device).map(({ moduleId }) => moduleId);
    expect(ids("d1")).toEqual(["m1", "m2"]);
    again.identities.delete({ deviceId: "d1", moduleId: "m1" });
    again.identities.create({ deviceId: "d1", moduleId: "m3" }, {});
    expect(ids("d1")).toEqual(["m2", "m3"]);
    again.identities.delete({ deviceId: "d1" });
    again.identities.create({ deviceId: "d1" }, {});
    expect(ids("d1")).toEqual([]);
    expect(again.registry.find({ deviceId: "d1", moduleId: "m2" })).toBeUndefined();
  });

  it("lets messages expire, including those that expired in the meantime", async () => {
    const { hub, store } = await busyHub();
    hub.end();
    await hub.clock.advance(2 * 3_600_000);
    const again = restored(store, hub);
    await again.clock.advance(1);
    expect(again.c2d.list("d1")).toEqual([]);
    expect(again.c2d.feedback().map(({ statusCode }) => statusCode)).toEqual([
      "Success",
      "Expired",
      "Expired",
    ]);
    expect(again.clock.timers).toBe(0);
  });

  it("has nothing of a deleted device", async () => {
    const { hub, store } = await busyHub();
    hub.identities.delete({ deviceId: "d1" });
    for (const [name, records] of Object.entries(store.snapshot().tables)) {
      expect([name, records.filter(([key]) => key.startsWith("d1"))]).toEqual([name, []]);
    }
    const again = restored(store, hub);
    expect(again.uploads.list()).toEqual([]);
    expect(again.inputs.routes.list()).toEqual([]);
  });
});
