// npm run soak: devices that send, receive and lose their connections for SOAK_MINUTES. The heap must not grow, and no socket and no
// timer may be left. The hub and the network have another process, so that the figures are those of the clients.
import { getHeapCodeStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, inject, it, vi } from "vitest";
import { Resolver } from "./resolver.ts";
import { resources } from "./resources.ts";
import { writeResult } from "./results.ts";
import { type SoakSample, slopeOf } from "./soak.ts";
import { SoakDevice } from "./soak-device.ts";

const minutes = Number(process.env["SOAK_MINUTES"] ?? 1);
const network = inject("soak");
const samplesPerMinute = 12;
/** The largest growth of the heap that is still noise, in bytes per minute: over 30 minutes, less than 1 MB. */
const largestSlope = 32 * 1024;
/** The time until caches are filled and code is compiled, as a share of the run. */
const warmUp = 1 / 3;
/** The timers of the test: its time limit, and those that wait for the condition. */
const ownTimers = 3;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The heap without compiled code, which grows for half an hour: a rare path is compiled once it has run often enough. */
function heapBytes(): number {
  const { code_and_metadata_size: code, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
  return process.memoryUsage().heapUsed - code - bytecode;
}

it(`devices that lose their connections leave nothing behind (${minutes} minutes, seed ${network.seed})`, {
  timeout: minutes * 60_000 + 300_000,
}, async () => {
  const resolver = new Resolver(network.domain);
  const atStart = resources();
  const devices = network.connectionStrings.map((each, index) => new SoakDevice(index, each, network));
  await Promise.all(devices.map((device) => device.start()));
  const samples: SoakSample[] = [];
  const start = performance.now();
  const minute = (): number => (performance.now() - start) / 60_000;
  while (minute() < minutes) {
    await new Promise((resolve) => setTimeout(resolve, 60_000 / samplesPerMinute));
    collectGarbage();
    samples.push({ minute: minute(), heapBytes: heapBytes(), ...resources() });
  }
  const faults = Number(await (await fetch(network.endUrl, { method: "POST" })).text());
  await Promise.all(devices.map((device) => device.stop()));
  await vi.waitFor(
    () => {
      const { sockets, timers } = resources();
      expect(sockets).toBeLessThanOrEqual(atStart.sockets);
      expect(timers).toBeLessThanOrEqual(atStart.timers + ownTimers);
    },
    { timeout: 60_000, interval: 100 },
  );
  resolver.restore();
  const settled = samples.filter((sample) => sample.minute > minutes * warmUp);
  const result = {
    seed: network.seed,
    minutes,
    devices: devices.length,
    messages: devices.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
    faults,
    failed: devices.flatMap(({ failed }) => failed),
    warmUpMinutes: Math.round(minutes * warmUp * 10) / 10,
    slopeBytesPerMinute: Math.round(slopeOf(settled)),
    mostSockets: Math.max(...samples.map(({ sockets }) => sockets)),
    mostTimers: Math.max(...samples.map(({ timers }) => timers)),
    left: resources(),
    samples,
  };
  writeResult("soak", result);
  expect(result.failed).toEqual([]);
  // Shorter runs are too noisy for a slope.
  if (minutes >= 10) expect(result.slopeBytesPerMinute).toBeLessThan(largestSlope);
});
