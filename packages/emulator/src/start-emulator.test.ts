import { createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock, Timer } from "@isohub/core/internal";
import { describe, expect, it } from "vitest";
import type { Emulator } from "./api/emulator.ts";
import { systemClock } from "./hub/clock.ts";
import { startEmulator } from "./start-emulator.ts";
import { connect, deviceToken, dial, userNameOf } from "./testing/device.ts";
import { packets, RawClient } from "./testing/raw-client.ts";

/** Resources that keep the process running: sockets, servers, timers. */
function resources(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|Immediate/.test(name));
}

/** Waits until no resource is left, except for those of other tests in this process that were there before. */
async function expectReleased(before: string[]): Promise<void> {
  await expect
    .poll(() => {
      const left = resources();
      for (const name of before) if (left.includes(name)) left.splice(left.indexOf(name), 1);
      return left;
    })
    .toEqual([]);
}

/** A clock that counts its pending timers, including those that don't keep the process running. */
class CountingClock implements Clock {
  timers = 0;

  now(): number {
    return systemClock.now();
  }

  setTimer(run: () => void, ms: number, idle?: boolean): Timer {
    let pending = true;
    const settle = (): void => {
      if (pending) this.timers--;
      pending = false;
    };
    this.timers++;
    const timer = systemClock.setTimer(
      () => {
        settle();
        run();
      },
      ms,
      idle,
    );
    return {
      cancel: () => {
        settle();
        timer.cancel();
      },
    };
  }
}

/** Starts an emulator with connections, calls and readers of every kind. `ended` settles when all of them have ended. */
async function startBusy(clock: Clock): Promise<{ hub: Emulator; ended: Promise<unknown>[] }> {
  const hub = await startEmulator({ clock });
  const ended: Promise<unknown>[] = [];
  for (const transport of ["tcp", "tls", "ws", "wss"] as const) {
    await hub.createDevice(transport);
    const device = await connect(hub, transport, { transport, clean: transport === "ws" });
    await device.subscribe(`devices/${transport}/messages/devicebound/#`);
    await device.subscribe("$iothub/methods/POST/#");
    ended.push(device.closed);
    ended.push(hub.invokeMethod(transport, "never answered").catch((error: unknown) => error));
  }
  hub.faults.blackHole("tls");
  const other = await hub.createHub("other");
  await other.createDevice("d");
  ended.push((await connect(other, "d")).closed);
  await hub.createDevice("away");
  await hub.sendC2d("away", "x");
  ended.push(
    hub.invokeMethod("away", "m", null, { connectTimeoutInSeconds: 300 }).catch((error: unknown) => error),
  );
  ended.push(hub.waitForTelemetry(() => false, { timeoutMs: 100_000 }).catch((error: unknown) => error));
  ended.push(
    (async () => {
      for await (const _ of hub.events());
    })(),
  );
  const events = await fetch(`${hub.endpoints.controlUrl}/events`);
  ended.push(events.text().catch(() => {}));
  return { hub, ended };
}

describe("an emulator", () => {
  it("starts with less than half a second of CPU time once its modules are loaded", async () => {
    await (await startEmulator()).close();
    const before = process.cpuUsage();
    const hub = await startEmulator();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
    await hub.close();
  });

  it("releases all resources when it is closed while busy", async () => {
    const before = resources();
    await (await startEmulator()).close();
    await expectReleased(before);
    const clock = new CountingClock();
    const { hub, ended } = await startBusy(clock);
    expect(clock.timers).toBeGreaterThan(5);
    await Promise.all([hub.close(), hub.close()]);
    await Promise.all(ended);
    expect(clock.timers).toBe(0);
    expect(hub.sessions()).toEqual([]);
    await expectReleased(before);
  });

  it("releases the resources of clients that disconnect before they are accepted", async () => {
    const before = resources();
    const clock = new CountingClock();
    const hub = await startEmulator({ clock });
    await hub.createDevice("d");
    const hello = packets.connect("d", userNameOf(hub, "d"), await deviceToken(hub, "d"));
    for (let round = 0; round < 50; round++) {
      const client = await RawClient.open(hub, round % 2 === 0 ? "tcp" : "ws");
      client.send(hello);
      client.end();
      await client.closed;
    }
    await expect.poll(() => hub.sessions()).toEqual([]);
    await expect.poll(() => clock.timers).toBe(0);
    await hub.close();
    await expectReleased(before);
  });

  it("can be restarted on the same ports", async () => {
    const first = await startEmulator();
    const { port, plainPort } = first.endpoints;
    await first.close();
    for (let round = 0; round < 10; round++) {
      await using hub = await startEmulator({ port, plainPort });
      expect(hub.endpoints).toMatchObject({ port, plainPort });
      await hub.createDevice("d");
      const device = await connect(hub, "d", { transport: "wss" });
      await device.client.publishAsync("devices/d/messages/events/", String(round), { qos: 1 });
      expect(hub.telemetry()).toHaveLength(1);
      expect(hub.telemetry()[0]?.sequenceNumber).toBe(1);
      device.client.end(true);
    }
  });

  it("is independent of others in the same process", async () => {
    await using one = await startEmulator();
    await using two = await startEmulator();
    await one.createDevice("d");
    await two.createDevice("d");
    expect(two.ca).not.toBe(one.ca);
    const refused = await dial(two, "d", { token: await deviceToken(one, "d") });
    expect((await refused.connected).returnCode).toBe(5);
    const [a, b] = [await connect(one, "d"), await connect(two, "d")];
    await a.client.publishAsync("devices/d/messages/events/", "x", { qos: 1 });
    expect([one.telemetry().length, two.telemetry().length]).toEqual([1, 0]);
    one.faults.refuseConnects(5);
    expect(two.faults.rules()).toEqual([]);
    await a.end();
    await b.end();
  });

  it("reports which port it can't bind and why, and then binds none", async () => {
    const before = resources();
    const other = createServer();
    const port = await new Promise<number>((resolve) =>
      other.listen(0, "127.0.0.1", () => {
        const address = other.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      }),
    );
    await expect(startEmulator({ plainPort: port })).rejects.toMatchObject({
      code: "EADDRINUSE",
      message: `Can't listen on 127.0.0.1 port ${port}: another program is listening there`,
    });
    await expect(startEmulator({ host: "192.0.2.1" })).rejects.toMatchObject({
      code: "EADDRNOTAVAIL",
      message: "Can't listen on 192.0.2.1 port 0: this machine doesn't have the address",
    });
    await new Promise((resolve) => other.close(resolve));
    await expectReleased(before);
  });

  it("can use another loopback address and any name", async () => {
    await using hub = await startEmulator({ host: "127.0.0.2", hostName: "myhub.azure-devices.net" });
    const { connectionString } = await hub.createDevice("d");
    expect(connectionString).toMatch(/^HostName=myhub\.azure-devices\.net:\d+;DeviceId=d;SharedAccessKey=/);
    const device = await connect(hub, "d", { transport: "tls", servername: "myhub.azure-devices.net" });
    await device.end();
    const names = await new Promise<string | undefined>((resolve) => {
      const { host, port } = hub.endpoints;
      const socket = connectTls({ host, port, ca: hub.ca, servername: "myhub.azure-devices.net" }, () => {
        resolve(socket.getPeerCertificate().subjectaltname);
        socket.destroy();
      });
    });
    expect(names).toMatch(/DNS:myhub\.azure-devices\.net, IP Address:127\.0\.0\.2, DNS:localhost/);
  });

  it("binds the official ports where permitted; its connection strings then contain no port", async ({
    skip,
  }) => {
    const host = "127.0.0.77";
    const hub = await startEmulator({ host, officialPorts: true }).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (hub instanceof Error) {
      expect(hub).toMatchObject({
        code: "EACCES",
        message: expect.stringContaining("binding ports below 1024 requires elevated privileges"),
      });
      skip("binding port 443 is not permitted here");
      return;
    }
    const { connectionString } = await hub.createDevice("d");
    expect(connectionString).toMatch(/^HostName=127\.0\.0\.77;DeviceId=d;/);
    for (const [protocol, port, path] of [
      ["mqtts", 8883, ""],
      ["wss", 443, "/$iothub/websocket"],
      ["mqtts", 443, ""],
    ] as const) {
      const device = await connect(hub, "d", { transport: "tls", protocol, port, path });
      expect(hub.sessions()).toMatchObject([{ transport: protocol === "wss" ? "wss" : "tls" }]);
      await device.end();
    }
    await hub.close();
  });

  it("passes a line for each event to the logger", async () => {
    const lines: string[] = [];
    await using hub = await startEmulator({ logger: (line) => lines.push(line) });
    await hub.createDevice("d");
    const device = await connect(hub, "d", { transport: "tls" });
    await device.client.publishAsync("devices/d/messages/events/", "hello", { qos: 1 });
    await device.subscribe("foo");
    await hub.patchDesired("d", { long: "x".repeat(200) });
    hub.kick("d");
    await device.closed;
    expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} {2}/, "").replace(/:\d+$/, ""))).toEqual([
      "d  registered",
      "d  connected over tls from 127.0.0.1",
      "d  telemetry #1, 5 bytes",
      "d  subscription refused: foo",
      expect.stringMatching(/^d {2}desired properties version 2: \{"long":"x+…$/),
      "d  disconnected: kicked",
    ]);
  });

  it("has a registry", async () => {
    await using hub = await startEmulator();
    const device = await hub.createDevice("d", { primaryKey: btoa("k".repeat(32)) });
    expect(device.connectionString).toBe(
      `HostName=localhost:${hub.endpoints.port};DeviceId=d;SharedAccessKey=${btoa("k".repeat(32))}`,
    );
    expect(hub.connectionString("d")).toBe(device.connectionString);
    await expect(hub.createDevice("d")).rejects.toMatchObject({ name: "DeviceAlreadyExists" });
    expect(() => hub.connectionString("nobody")).toThrow(expect.objectContaining({ name: "DeviceNotFound" }));
    for (const call of [
      hub.getDevice("nobody"),
      hub.updateDevice("nobody", {}),
      hub.deleteDevice("nobody"),
      hub.sendC2d("nobody", "x"),
      hub.purgeC2d("nobody"),
      hub.invokeMethod("nobody", "m"),
      hub.getTwin("nobody"),
      hub.patchDesired("nobody", {}),
      hub.patchTags("nobody", {}),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "DeviceNotFound", statusCode: 404 });
    }
    expect((await hub.patchTags("d", { a: 1 })).tags).toEqual({ a: 1 });
    await hub.createDevice("e");
    expect((await hub.listDevices()).map(({ deviceId }) => deviceId)).toEqual(["d", "e"]);
  });
});
