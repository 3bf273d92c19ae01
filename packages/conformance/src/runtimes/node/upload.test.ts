import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { mqttJsEngine } from "@isohub/node/mqttjs";
import { describe, expect, it } from "vitest";
import { createDevice } from "../../device.ts";
import { providedHub } from "../../provided-hub.ts";
import { numbered } from "../../suites/uploads.ts";
import { nodeFixtures } from "./node-fixtures.ts";

const { hub } = providedHub();
const mebibyte = 1_048_576;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

// The test measures memory in use, without garbage.
const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
if (Bun === undefined) setFlagsFromString("--expose-gc");
const collectGarbage: () => void = Bun === undefined ? runInNewContext("gc") : () => Bun.gc(true);

describe("a large upload", () => {
  it("streams 64 MiB with constant memory, and can be read back unchanged", async () => {
    const { client } = await createDevice(nodeFixtures("tls", mqttJsEngine));
    const expected = createHash("sha256");
    for await (const piece of numbered(1024, mebibyte / 16)) expected.update(piece);
    const usedMemory = (): number => {
      collectGarbage();
      const { arrayBuffers, heapUsed } = process.memoryUsage();
      return arrayBuffers + heapUsed;
    };
    const before = usedMemory();
    let peak = 0;
    const info = await client.uploadToBlob("large.bin", numbered(1024, mebibyte / 16), {
      onProgress: () => {
        peak = Math.max(peak, usedMemory() - before);
      },
    });
    // One block of 4 MiB that is sent, and the pieces of the next one.
    expect(peak).toBeLessThan(12 * mebibyte);
    const back = await hub.readBlob(info.blobName);
    expect(back.length).toBe(64 * mebibyte);
    expect(sha256(back)).toBe(expected.digest("hex"));
  });
});
