// The emulator's command as a process: its output, its signals, and its file system.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createControlClient } from "@isohub/emulator/control-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "./eventually.ts";
import { root, testFolder } from "./files.ts";

const cli = `${root}packages/emulator/dist/cli.js`;

/** Starts the command. Resolves with its process and the object that it prints when it is ready. */
async function start(
  args: readonly string[] = [],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = spawn(process.execPath, [cli, "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
    env: { ...process.env, ...options.env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (part: Buffer) => {
    errors += part.toString();
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`the command ended: ${errors}`);
  });
  ended.catch(() => {});
  const [first] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
  return { child, ready: JSON.parse(first.toString().split("\n")[0] ?? "") as Ready };
}

interface Ready {
  readonly caFile?: string;
  readonly endpoints: { readonly controlUrl: string };
}

describe("the emulator's process", () => {
  it("keeps running after its output was closed, as by `head -1`", async () => {
    const { child, ready } = await start();
    child.stdout?.destroy();
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
      const { child, ready } = await start();
      child.stdout?.pause();
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
    const { child, ready } = await start([], {
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
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, JSON.stringify({ devices: [{ deviceId: 5 }] }));
    const child = spawn(process.execPath, [cli, "--config", file], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (part: Buffer) => {
      errors += part.toString();
    });
    expect(await once(child, "close")).toEqual([2, null]);
    await eventually(async () => expect(errors).toContain(`${file}: devices[0].deviceId must be 1 to 128`));
  });
});
