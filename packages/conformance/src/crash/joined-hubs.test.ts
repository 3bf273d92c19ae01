// An emulator and three that have joined it, in separate processes, share the devices of a group. One is killed.
import { once } from "node:events";
import { type ControlClient, createControlClient } from "@isohub/emulator/control-client";
import { deriveDeviceKey, IoTHubDeviceClient, ProvisioningDeviceClient } from "@isohub/node";
import { expect, it, onTestFinished } from "vitest";
import { type HubProcess, startHubProcess } from "../hub-process.ts";

const names = ["line-1", "line-2", "line-3"];
const ids = Array.from({ length: 30 }, (_, at) => `device-${at}`);

interface Hub {
  readonly child: HubProcess["child"];
  readonly hub: ControlClient;
  readonly host: string;
  readonly port: number;
}

async function start(...args: string[]): Promise<Hub> {
  const { child, ready } = await startHubProcess(["--log-level", "error", ...args]);
  const { controlUrl, port } = ready.endpoints;
  return { child, hub: createControlClient(controlUrl), host: `localhost:${port}`, port };
}

async function idsOf({ hub }: Hub): Promise<string[]> {
  return (await hub.listDevices()).map(({ deviceId }) => deviceId).sort();
}

it("hubs of three processes share the devices of a group, hand one over, and replace one that is killed", async () => {
  const first = await start("--provisioning-retry-after-seconds", "0");
  const { controlUrl } = (await first.hub.info()).endpoints;
  const join = (name: string, ...args: string[]): Promise<Hub> =>
    start("--join", controlUrl, "--join-as", name, ...args);
  const lines = await Promise.all(names.map((name) => join(name)));
  const { primaryKey } = await first.hub.createEnrollmentGroup("factory", {
    hubs: names,
    initialTwin: { desired: { interval: 10 } },
  });
  const { idScope, ca } = await first.hub.info();
  const options = { serverVerificationCert: ca };
  const clients = new Map<string, IoTHubDeviceClient>();
  for (const registrationId of ids) {
    const symmetricKey = await deriveDeviceKey(primaryKey, registrationId);
    const provisioning = { provisioningHost: first.host, idScope, registrationId, symmetricKey };
    const client = IoTHubDeviceClient.createFromProvisioning(provisioning, options);
    client.onBackgroundException = () => {};
    onTestFinished(() => client.shutdown());
    clients.set(registrationId, client);
  }
  await Promise.all([...clients.values()].map((client) => client.sendMessage({ n: 1 })));

  // Each device is at one hub, which has counted its message.
  const shares = await Promise.all(lines.map(idsOf));
  expect(shares.flat().sort()).toEqual([...ids].sort());
  for (const [at, share] of shares.entries()) {
    expect(share.length).toBeGreaterThan(2);
    const telemetry = (await lines[at]?.hub.telemetry()) ?? [];
    expect(telemetry.map(({ deviceId }) => deviceId).sort()).toEqual(share);
  }
  expect(await idsOf(first)).toEqual(["device1"]);

  // A device moves across processes with its twin, and keeps sending.
  const [old, target, killed] = lines;
  const moved = shares[0]?.[0];
  if (old === undefined || target === undefined || killed === undefined || moved === undefined) {
    throw new Error("each hub must have a device");
  }
  const client = clients.get(moved);
  await client?.patchTwinReportedProperties({ firmware: 7 });
  await old.hub.patchDesired(moved, { interval: 20 });
  await first.hub.moveDevice(moved, "line-2");
  await expect.poll(() => idsOf(target)).toContain(moved);
  await client?.sendMessage({ n: 2 });
  expect(await target.hub.telemetry(moved)).toHaveLength(1);
  expect(await idsOf(old)).not.toContain(moved);
  expect((await target.hub.getTwin(moved)).properties).toMatchObject({
    desired: { interval: 20 },
    reported: { firmware: 7 },
  });

  // The devices of a hub that was killed get another one when they register.
  const orphans = shares[2] ?? [];
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  const register = async (registrationId: string): Promise<string | undefined> => {
    const key = await deriveDeviceKey(primaryKey, registrationId);
    const device = [first.host, registrationId, idScope, key] as const;
    const { registrationState } = await ProvisioningDeviceClient.createFromSymmetricKey(
      ...device,
      options,
    ).register();
    return registrationState?.assignedHub;
  };
  const hosts = await Promise.all(orphans.map(register));
  for (const host of hosts) expect([old.host, target.host]).toContain(host);
  expect((await first.hub.joinedHubs()).find(({ name }) => name === "line-3")?.isAvailable).toBe(false);

  // It joins again under its name, and gets them back.
  const again = await join("line-3", "--port", String(killed.port));
  expect(await Promise.all(orphans.map(register))).toEqual(orphans.map(() => again.host));
  expect(await idsOf(again)).toEqual(orphans);

  // A hub that closes leaves.
  again.child.kill("SIGTERM");
  await once(again.child, "exit");
  const { isAvailable } = (await first.hub.joinedHubs()).find(({ name }) => name === "line-3") ?? {};
  expect(isAvailable).toBe(false);
});
