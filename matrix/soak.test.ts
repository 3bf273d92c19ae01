// npm run soak: devices that send, receive and lose their connections for SOAK_MINUTES. The heap must not grow, and no socket and no
// timer may be left.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it, vi } from "vitest";
import { seededRandom } from "../scripts/lib/sample.mjs";
import { resources } from "./resources.ts";
import { writeResult } from "./results.ts";
import { type SoakSample, slopeOf } from "./soak.ts";
import { SoakDevice } from "./soak-device.ts";
import { openTestBed } from "./test-bed.ts";

const minutes = Number(process.env["SOAK_MINUTES"] ?? 1);
const seed = Number(process.env["MATRIX_SEED"] ?? Math.floor(Math.random() * 0x8000_0000));
const samplesPerMinute = 12;
/** The largest growth of the heap that is still noise, in bytes per minute: over 30 minutes, less than 1 MB. */
const largestSlope = 32 * 1024;
/** The time until caches are filled and code is compiled, as a share of the run. */
const warmUp = 0.3;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it(`devices that lose their connections leave nothing behind (${minutes} minutes, seed ${seed})`, {
  timeout: minutes * 60_000 + 300_000,
}, async () => {
  const bed = await openTestBed({ telemetryLimit: 100 });
  const atStart = resources();
  const random = seededRandom(seed);
  const devices = Array.from({ length: 12 }, (_, index) => new SoakDevice(index, bed, random));
  await Promise.all(devices.map((device) => device.start()));
  const samples: SoakSample[] = [];
  const start = performance.now();
  const minute = (): number => (performance.now() - start) / 60_000;
  while (minute() < minutes) {
    await new Promise((resolve) => setTimeout(resolve, 60_000 / samplesPerMinute));
    collectGarbage();
    const { heapUsed } = process.memoryUsage();
    samples.push({ minute: minute(), heapBytes: heapUsed, ...resources() });
  }
  await Promise.all(devices.map((device) => device.stop()));
  await vi.waitFor(() => expect(resources().sockets).toBeLessThanOrEqual(atStart.sockets), 60_000);
  const settled = samples.filter((sample) => sample.minute > minutes * warmUp);
  const sum = (count: (device: SoakDevice) => number): number =>
    devices.reduce((total, device) => total + count(device), 0);
  const result = {
    seed,
    minutes,
    devices: devices.length,
    messages: sum(({ acknowledged }) => acknowledged),
    faults: sum(({ faults }) => faults),
    failed: devices.flatMap(({ failed }) => failed),
    slopeBytesPerMinute: Math.round(slopeOf(settled)),
    mostSockets: Math.max(...samples.map(({ sockets }) => sockets)),
    mostTimers: Math.max(...samples.map(({ timers }) => timers)),
    left: resources(),
    samples,
  };
  writeResult("soak", result);
  await bed.close();
  expect(result.failed).toEqual([]);
  // Shorter runs are too noisy for a slope.
  if (minutes >= 10) expect(result.slopeBytesPerMinute).toBeLessThan(largestSlope);
});
