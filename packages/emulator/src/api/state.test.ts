import { describe, expect, it } from "vitest";
import type { HubState } from "../config/state.ts";
import { startEmulator } from "../start-emulator.ts";
import { connect } from "../testing/device.ts";
import type { Emulator } from "./emulator.ts";

const key = btoa("k".repeat(32));

/** Fills a hub with state of every kind. */
async function fill(hub: Emulator): Promise<void> {
  await hub.createDevice("a", { primaryKey: key });
  await hub.createModule("a", "m");
  await hub.patchTags("a", { floor: 1 });
  await hub.patchDesired("a", { interval: 5 });
  await hub.sendC2d("a", "queued", { messageId: "c2d-1" });
  await hub.createEnrollment("reg", { attestation: { type: "symmetricKey", primaryKey: key } });
  await hub.createHub("west");
  await hub.hubs().get("west")?.createDevice("west-device");
  const device = await connect(hub, "a");
  await device.client.publishAsync("devices/a/messages/events/", "telemetry", { qos: 1 });
  await device.end();
}

/** Returns the facts by which two hubs are compared. */
async function facts(hub: Emulator): Promise<unknown> {
  return {
    devices: await hub.listDevices(),
    twin: { ...(await hub.getTwin("a")), connectionState: "", lastActivityTime: "" },
    queue: hub.c2dQueue("a"),
    telemetry: hub.telemetry(),
    enrollment: await hub.getEnrollment("reg"),
    west: await hub.hubs().get("west")?.listDevices(),
    keys: Object.values(hub.policyConnectionStrings).map((text) => text.split(";").slice(1)),
  };
}

describe("the state of an emulator", () => {
  it("is exported, and imported by another one, as a seed or at run time", async () => {
    await using hub = await startEmulator();
    await fill(hub);
    const document = JSON.parse(JSON.stringify(await hub.exportState())) as HubState;
    await using seeded = await startEmulator({ seed: document });
    expect(await facts(seeded)).toEqual(await facts(hub));
    await using other = await startEmulator();
    await other.createDevice("gone");
    const { port, plainPort } = other.endpoints;
    await other.importState(document);
    expect(await facts(other)).toEqual(await facts(hub));
    expect(other.endpoints).toMatchObject({ port, plainPort });
    // The device connects to the state that is now there, with a sequence number that goes on.
    const device = await connect(other, "a");
    await device.client.publishAsync("devices/a/messages/events/", "more", { qos: 1 });
    expect(other.telemetry().map(({ sequenceNumber }) => sequenceNumber)).toEqual([1, 2]);
    await device.end();
  });

  it("is reset to the one of the start, on the same ports, with the same listeners", async () => {
    const seed: HubState = { devices: [{ deviceId: "seeded", twin: { desired: { a: 1 } } }] };
    await using hub = await startEmulator({ seed });
    const strings = [hub.connectionString("seeded"), hub.serviceConnectionString];
    const types: string[] = [];
    hub.on(({ type }) => types.push(type));
    await fill(hub);
    await hub.patchDesired("seeded", { a: 2 });
    await hub.faults.mute("puback", "seeded");
    const device = await connect(hub, "seeded");
    const started = performance.now();
    await hub.reset();
    const duration = performance.now() - started;
    await device.closed;
    expect((await hub.listDevices()).map(({ deviceId }) => deviceId)).toEqual(["seeded"]);
    expect((await hub.getTwin("seeded")).properties.desired).toMatchObject({ a: 1, $version: 2 });
    expect(hub.telemetry()).toEqual([]);
    expect(await hub.listEnrollments()).toEqual([]);
    expect([...hub.hubs().keys()]).toEqual(["localhost"]);
    expect(hub.faults.rules()).toEqual([]);
    expect([hub.connectionString("seeded"), hub.serviceConnectionString]).toEqual(strings);
    types.length = 0;
    const again = await connect(hub, "seeded");
    expect(types).toContain("deviceConnected");
    await again.end();
    // In milliseconds on a quiet machine; the figure is in docs/emulator.md.
    expect(duration).toBeLessThan(10_000);
  });

  it("stays as it is if a document isn't valid", async () => {
    await using hub = await startEmulator();
    await fill(hub);
    const before = await facts(hub);
    const invalid: [HubState, string][] = [
      [{ devices: [{ deviceId: "a b" }] }, "devices[0].deviceId must be 1 to 128 characters"],
      [{ devices: [{ deviceId: "x" }], caCertificates: ["x"] }, "caCertificates[0]: "],
      [{ devices: [{ deviceId: "x", twin: { desired: { "a b": 1 } } }] }, "devices[0].twin.desired: "],
    ];
    for (const [document, message] of invalid) {
      await expect(hub.importState(document)).rejects.toMatchObject({
        name: "ArgumentInvalid",
        message: expect.stringContaining(message),
      });
    }
    expect(await facts(hub)).toEqual(before);
    await hub.importState({ devices: [{ deviceId: "only", primaryKey: key }] });
    expect((await hub.listDevices()).map(({ deviceId }) => deviceId)).toEqual(["only"]);
  });

  it("stays as it is if a snapshot isn't one, and the answer names what is wrong", async () => {
    await using hub = await startEmulator();
    await hub.createDevice("kept");
    const hubScope = (members: object) => ({ tables: {}, logs: {}, scopes: { hub: members } });
    const invalid: [unknown, string][] = [
      [hubScope({ tables: {}, logs: {} }), "snapshot.scopes.hub.scopes must be an object, got undefined"],
      [
        hubScope({ tables: { identities: [["a", {}], 5] }, logs: {}, scopes: {} }),
        "snapshot.scopes.hub.tables.identities[1] must be a list of a key and a value, got 5",
      ],
      [
        hubScope({ tables: { identities: "x" }, logs: {}, scopes: {} }),
        "snapshot.scopes.hub.tables.identities must be a list, got 'x'",
      ],
      [
        hubScope({ tables: {}, logs: { l: { last: 1, records: [["1", {}]] } }, scopes: {} }),
        "snapshot.scopes.hub.logs.l.records[0] must be a list of a number and a value, got an array",
      ],
      [
        hubScope({ tables: { identities: [["a", 5]] }, logs: {}, scopes: {} }),
        "snapshot must be one that an emulator has exported: ",
      ],
    ];
    for (const [snapshot, message] of invalid) {
      const { controlUrl } = hub.endpoints;
      const body = JSON.stringify({ snapshot });
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${controlUrl}/state`, { method: "POST", headers, body });
      expect([response.status, await response.json()]).toEqual([
        400,
        expect.objectContaining({ name: "ArgumentInvalid", message: expect.stringContaining(message) }),
      ]);
    }
    expect((await hub.listDevices()).map(({ deviceId }) => deviceId)).toEqual(["kept"]);
  });

  it("is exported over HTTP as it was when the request arrived", async () => {
    await using hub = await startEmulator();
    const device = await connect(hub, (await hub.createDevice("d")).deviceId);
    // More than the sockets hold on their way.
    const body = "x".repeat(200_000);
    for (let at = 0; at < 40; at++) {
      await device.client.publishAsync("devices/d/messages/events/", body, { qos: 1 });
    }
    const expected = JSON.stringify(await hub.exportState());
    const response = await fetch(`${hub.endpoints.controlUrl}/state`);
    await hub.reset();
    expect(hub.telemetry()).toEqual([]);
    // Not with toBe, whose message would have megabytes.
    expect((await response.text()) === expected).toBe(true);
    await device.end();
  });
});
