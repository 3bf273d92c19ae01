// A hub with `--data` is killed at random moments. What was acknowledged must be there after the restart.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type ControlClient, createControlClient } from "@isohub/emulator/control-client";
import { IoTHubDeviceClient } from "@isohub/node";
import { expect, it } from "vitest";
import { seededRandom } from "../../../../scripts/lib/sample.mjs";
import { testFolder } from "../files.ts";
import { type HubProcess, type HubReady, startHubProcess } from "../hub-process.ts";
import { CrashDevice } from "./crash-device.ts";

/** `npm run hub-crash` sets the number of rounds and the seed. */
const rounds = Number(process.env["HUB_CRASH_ROUNDS"] ?? 4);
const seed = Number(process.env["HUB_CRASH_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

/** One device for each protocol. */
const ids = { mqtt: "d", http: "h", amqp: "a" } as const;
type Id = (typeof ids)[keyof typeof ids];

function start(folder: string): Promise<HubProcess> {
  return startHubProcess([
    ...["--data", `${folder}/data`, "--ca-file", `${folder}/ca.pem`, "--log-level", "error"],
    ...Object.values(ids).flatMap((id) => ["--device", id]),
  ]);
}

/** Everything that was acknowledged to a device or a service. */
class Acknowledged {
  readonly telemetry: Readonly<Record<Id, Set<string>>> = { d: new Set(), h: new Set(), a: new Set() };
  readonly devices = new Set<string>(Object.values(ids));
  readonly messages = new Set<string>();
  readonly received = new Set<string>();
  /** The messages whose completion over HTTPS was acknowledged. */
  readonly completed = new Set<string>();
  reported = 0;

  /** Compares it with a hub. */
  async check({ endpoints }: HubReady): Promise<void> {
    const hub = createControlClient(endpoints.controlUrl);
    for (const id of Object.values(ids)) await this.#checkTelemetry(hub, id);
    const devices = new Set((await hub.listDevices()).map(({ deviceId }) => deviceId));
    expect([...this.devices].filter((id) => !devices.has(id))).toEqual([]);
    const { reported } = (await hub.getTwin("d")).properties;
    expect(Number(reported["count"] ?? 0)).toBeGreaterThanOrEqual(this.reported);
    const queue = new Set((await hub.c2dQueue("d")).map(({ messageId }) => messageId));
    expect([...this.messages].filter((id) => !queue.has(id) && !this.received.has(id))).toEqual([]);
    const again = (await hub.c2dQueue("h")).map(({ messageId }) => messageId);
    expect(again.filter((id) => this.completed.has(id))).toEqual([]);
  }

  async #checkTelemetry(hub: ControlClient, id: Id): Promise<void> {
    const kept = await hub.telemetry(id);
    const bodies = kept.map(({ body }) => new TextDecoder().decode(body));
    expect([...this.telemetry[id]].filter((body) => !bodies.includes(body))).toEqual([]);
    // What one sender had acknowledged before it sent the next message is in this order.
    expect(bodies.filter((body, at) => bodies.indexOf(body) === at)).toEqual(
      [...new Set(bodies)].sort((one, other) => Number(one) - Number(other)),
    );
    const numbers = kept.map(({ sequenceNumber }) => sequenceNumber);
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
  }
}

it(`a hub that is killed ${rounds} times loses nothing that it has acknowledged (seed ${seed})`, {
  timeout: 60_000 + rounds * 20_000,
}, async () => {
  const random = seededRandom(seed);
  const folder = testFolder();
  const acknowledged = new Acknowledged();
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    const { child, ready } = await start(folder);
    await acknowledged.check(ready);
    const hub = createControlClient(ready.endpoints.controlUrl);
    const client = IoTHubDeviceClient.createFromConnectionString(ready.devices[0]?.connectionString ?? "", {
      serverVerificationCert: await hub.caPem(),
      connectionRetry: false,
    });
    client.onBackgroundException = () => {};
    client.onMessageReceived = ({ messageId }) => {
      acknowledged.received.add(messageId ?? "");
    };
    await client.connect();
    const [, http = "", amqp = ""] = ready.devices.map(({ connectionString }) => connectionString);
    const { host, plainPort } = ready.endpoints;
    const other = await CrashDevice.open({ host, plainPort, http, amqp });
    let isKilled = false;
    const work = [
      async () => {
        const body = String(++last);
        await client.sendMessage(body);
        acknowledged.telemetry.d.add(body);
      },
      async () => {
        const count = ++last;
        await client.patchTwinReportedProperties({ count });
        acknowledged.reported = count;
      },
      async () => {
        const id = `device-${++last}`;
        await hub.createDevice(id);
        acknowledged.devices.add(id);
      },
      async () => {
        const { messageId } = await hub.sendC2d("d", "x", { messageId: `message-${++last}` });
        acknowledged.messages.add(messageId);
      },
      async () => {
        const body = String(++last);
        await other.post(body);
        acknowledged.telemetry.h.add(body);
      },
      async () => {
        const completed = await other.complete();
        if (completed === undefined) await hub.sendC2d("h", "x", { messageId: `message-${++last}` });
        else acknowledged.completed.add(completed);
      },
      async () => {
        const body = String(++last);
        await other.sendOverAmqp(body);
        acknowledged.telemetry.a.add(body);
      },
    ];
    // Each kind of work continues until the hub has ended. It may fail before the process ends.
    const working = work.map(async (step) => {
      while (!isKilled) await step().catch(() => new Promise((resolve) => setImmediate(resolve)));
    });
    const moment = last + 5 + Math.floor(random() * 200);
    while (last < moment) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
    await once(child, "exit");
    isKilled = true;
    await client.shutdown();
    other.close();
    await Promise.all(working);
  }
  const { child, ready } = await start(folder);
  await acknowledged.check(ready);
  const { telemetry, devices, messages, received, completed } = acknowledged;
  const sets = [...Object.values(telemetry), devices, messages, received, completed];
  expect(Math.min(...sets.map(({ size }) => size))).toBeGreaterThan(rounds);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  const result = process.env["HUB_CRASH_RESULT"];
  if (result === undefined) return;
  await writeFile(
    result,
    JSON.stringify({
      kills: rounds,
      seed,
      acknowledged: {
        "telemetry over MQTT": telemetry.d.size,
        "telemetry over HTTPS": telemetry.h.size,
        "telemetry over AMQP": telemetry.a.size,
        "new devices": devices.size,
        "queued cloud-to-device messages": messages.size,
        "completed cloud-to-device messages": completed.size,
      },
    }),
  );
});
