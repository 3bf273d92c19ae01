import { createCertificate } from "@isohub/emulator";
import { expect, inject, it, onTestFinished } from "vitest";
import { devicesPerFrame, runFleet, startFleetGateway } from "../../../../scripts/lib/fleet/fleet.mjs";
import { freshId } from "../device.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();

/** A number that needs two frames. `npm run bench:page` runs a thousand devices and measures them. */
const devices = devicesPerFrame + 10;

it("a page can have more devices than WebSockets in a frame, and every message arrives", async () => {
  const ids = Array.from({ length: devices }, () => freshId("fleet"));
  const created = await Promise.all(ids.map((id) => hub.createDevice(id)));
  const gateway = await startFleetGateway(
    await createCertificate("localhost"),
    Number(inject("hub").plainHost.split(":")[1]),
  );
  onTestFinished(() => gateway.close());
  const context = await chromium.context({ ignoreHTTPSErrors: true });
  const result = await runFleet(
    await context.newPage(),
    gateway.port,
    created.map(({ connectionString }) => connectionString),
    { seconds: 3, intervalMs: 1000, atOnce: 8 },
  );
  expect(result).toMatchObject({
    devices,
    frames: 2,
    sent: devices * 3,
    acknowledged: devices * 3,
    failures: [],
  });
  for (const id of [ids[0], ids.at(-1)]) {
    const arrived = await hub.telemetry(id ?? "");
    expect(arrived.map(({ body }) => JSON.parse(new TextDecoder().decode(body)).n)).toEqual([0, 1, 2]);
  }
});
