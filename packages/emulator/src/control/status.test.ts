import { describe, expect, it } from "vitest";
import { startEmulator } from "../start-emulator.ts";
import { connect } from "../testing/device.ts";

describe("a hub's status", () => {
  it("is ready once seeded and listening, and not while a fault has taken the hub down", async () => {
    await using hub = await startEmulator({ controlToken: "0123456789abcdef" });
    const health = async (): Promise<unknown[]> => {
      const response = await fetch(new URL("/health", hub.endpoints.controlUrl));
      return [response.status, await response.json()];
    };
    expect(await health()).toEqual([200, { status: "ready" }]);
    await hub.faults.stopListening();
    expect(await health()).toEqual([503, { status: "not ready" }]);
    await hub.faults.listenAgain();
    expect(await health()).toEqual([200, { status: "ready" }]);
    const version = await fetch(new URL("/version", hub.endpoints.controlUrl));
    expect(await version.json()).toEqual({
      name: "@isohub/emulator",
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
    expect((await fetch(new URL("/metrics", hub.endpoints.controlUrl))).status).toBe(401);
  });

  it("has metrics for Prometheus", async () => {
    await using hub = await startEmulator();
    await hub.createDevice("d");
    await hub.createModule("d", "m");
    const device = await connect(hub, "d");
    await device.client.publishAsync("devices/d/messages/events/", "x", { qos: 1 });
    const response = await fetch(new URL("/metrics", hub.endpoints.controlUrl));
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    for (const line of [
      'isohub_ready{hub="localhost"} 1',
      'isohub_identities{hub="localhost",kind="device"} 1',
      'isohub_identities{hub="localhost",kind="module"} 1',
      'isohub_connections{hub="localhost",transport="tcp"} 1',
      'isohub_telemetry_messages_total{hub="localhost"} 1',
      'isohub_telemetry_messages_kept{hub="localhost"} 1',
      'isohub_events_total{hub="localhost",type="telemetry"} 1',
    ]) {
      expect(text.split("\n")).toContain(line);
    }
    // Each sample has a name with help and type above it, and a number.
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const sample of samples) {
      const [, name = ""] = /^(\w+)(?:\{(?:\w+="[^"]*",?)+\})? -?[\d.e+]+$/.exec(sample) ?? [];
      expect(text, sample).toContain(`# TYPE ${name} `);
    }
    await device.end();
  });
});

describe("lists", () => {
  it("are returned in parts", async () => {
    await using hub = await startEmulator();
    for (const id of ["c", "a", "b"]) {
      await hub.createDevice(id);
      await hub.createEnrollment(id);
    }
    const list = async (path: string): Promise<unknown> =>
      (await fetch(hub.endpoints.controlUrl + path)).json();
    expect(await list("/devices?limit=2")).toMatchObject([{ deviceId: "c" }, { deviceId: "a" }]);
    expect(await list("/devices?limit=2&after=a")).toMatchObject([{ deviceId: "b" }]);
    expect(await list("/devices?after=b")).toEqual([]);
    expect(await list("/devices?after=x")).toMatchObject({ name: "ArgumentInvalid" });
    expect(await list("/enrollments?limit=1&after=c")).toMatchObject([{ registrationId: "a" }]);
    expect(await list("/sessions?limit=1")).toEqual([]);
    expect(await list("/devices?limit=0")).toMatchObject({ name: "ArgumentInvalid" });
  });
});
