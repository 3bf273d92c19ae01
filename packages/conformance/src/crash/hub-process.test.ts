// The emulator's command as a process: its output, its signals, and its file system.
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createControlClient } from "@isohub/emulator/control-client";
import { describe, expect, it } from "vitest";
import { testFolder } from "../files.ts";
import { emulatorCli, startHubProcess } from "../hub-process.ts";
import { startProgram } from "../program.ts";

describe("the emulator's process", () => {
  it("keeps running after its output was closed, as by `head -1`", async () => {
    const { child, ready } = await startHubProcess();
    child.stdout.destroy();
    const hub = createControlClient(ready.endpoints.controlUrl);
    // Each prints an event.
    for (let at = 0; at < 50; at++) await hub.createDevice(`device-${at}`);
    expect(await hub.listDevices()).toHaveLength(51);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "ends in time at %s while its output is not read",
    async (signal) => {
      const { child, ready } = await startHubProcess();
      child.stdout.pause();
      const hub = createControlClient(ready.endpoints.controlUrl);
      await hub.createDevice("busy");
      const value = "x".repeat(4000);
      const patch = { a: value, b: value, c: value, d: value };
      for (let at = 0; at < 100; at++) await hub.patchDesired("busy", patch);
      child.kill(signal);
      // Output that was read later would let it end as well.
      expect(await once(child, "exit")).toEqual([0, null]);
      await expect(hub.listDevices()).rejects.toMatchObject({ name: "ConnectionFailed" });
    },
  );

  it("starts on a file system without a folder that it can write to, and from such a folder", async () => {
    const { child, ready } = await startHubProcess([], {
      env: { TMPDIR: "/proc/none", ISOHUB_EMULATOR_LOG_LEVEL: "warn" },
      cwd: "/proc/self",
    });
    expect(ready).not.toHaveProperty("caFile");
    const { controlUrl } = ready.endpoints;
    expect(await createControlClient(controlUrl).caPem()).toContain("BEGIN CERTIFICATE");
    expect((await fetch(new URL("/health", controlUrl))).status).toBe(200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("doesn't start with a configuration that isn't valid", async () => {
    const file = `${testFolder()}/hub.json`;
    await writeFile(file, JSON.stringify({ devices: [{ deviceId: 5 }] }));
    const program = startProgram(process.execPath, [emulatorCli, "--config", file]);
    expect(await program.exit, program.output).toBe(2);
    expect(program.stdout).toBe("");
    expect(program.output).toContain(`${file}: devices[0].deviceId must be 1 to 128`);
  });
});
