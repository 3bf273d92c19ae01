import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RegisteredDevice } from "../api/identities.ts";
import { createControlClient } from "../control-client.ts";
import { runCli } from "./run.ts";

/** Runs the command in process. Returns its output, and a function that interrupts it. */
function run(...args: string[]): {
  out: string[];
  err: string[];
  exit: Promise<number>;
  interrupt(): void;
  line(test: (line: string) => boolean): Promise<string>;
} {
  const [out, err]: [string[], string[]] = [[], []];
  let interrupt = (): void => {};
  let wake = (): void => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const exit = runCli(args, {
    name: "isohub-emulator",
    print: (line) => {
      out.push(line);
      wake();
    },
    printError: (line) => err.push(line),
    interrupted: () => interrupted,
  });
  let ended = false;
  exit.finally(() => {
    ended = true;
    wake();
  });
  const line = async (test: (line: string) => boolean): Promise<string> => {
    for (;;) {
      const found = out.find(test);
      if (found !== undefined) return found;
      if (ended) throw new Error(`ended: ${err.join("\n")}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { out, err, exit, interrupt, line };
}

function after(line: string): string {
  return line.trim().split(/ {2,}/)[1] ?? "";
}

describe("isohub-emulator", () => {
  it("prints its addresses and devices, then its events, until it is interrupted", async () => {
    const cli = run("--device", "a", "--device", "b");
    await cli.line((line) => line.startsWith("Press Ctrl+C"));
    const controlUrl = after(await cli.line((line) => line.includes("control API")));
    const caFile = after(await cli.line((line) => line.includes("CA certificate")));
    expect(await readFile(caFile, "utf8")).toBe(await (await fetch(`${controlUrl}/ca.pem`)).text());
    for (const device of ["a", "b"]) {
      const { connectionString, pageConnectionString } = (await (
        await fetch(`${controlUrl}/devices/${device}`)
      ).json()) as RegisteredDevice;
      expect(after(await cli.line((line) => line.includes(`device ${device}`)))).toBe(connectionString);
      await cli.line((line) => line.endsWith(`  ${pageConnectionString}`));
    }
    expect(cli.out.join("\n")).toMatch(/service +HostName=localhost:\d+;SharedAccessKeyName=iothubowner/);
    await createControlClient(controlUrl).createDevice("new");
    expect(await cli.line((line) => line.includes("new  registered"))).toMatch(/^\d\d:\d\d:\d\d/);
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    expect(cli.err).toEqual([]);
    expect(existsSync(caFile)).toBe(false);
    await expect(fetch(controlUrl)).rejects.toThrow();
  });

  it("prints JSON, and keeps the certificate in the given file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-cli-"));
    const caFile = join(folder, "ca.pem");
    const cli = run("--json", "--ca-file", caFile);
    const ready = JSON.parse(await cli.line(() => true)) as { endpoints: { controlUrl: string } };
    expect(ready).toMatchObject({
      type: "ready",
      hostName: "localhost",
      caFile,
      policyConnectionStrings: {
        iothubowner: expect.stringContaining("SharedAccessKeyName=iothubowner;"),
        service: expect.stringContaining("SharedAccessKeyName=service;"),
        device: expect.stringContaining("SharedAccessKeyName=device;"),
        registryRead: expect.stringContaining("SharedAccessKeyName=registryRead;"),
        registryReadWrite: expect.stringContaining("SharedAccessKeyName=registryReadWrite;"),
      },
      eventHubConnectionString: expect.stringMatching(
        /^Endpoint=sb:\/\/localhost:\d+;SharedAccessKeyName=service;.*;EntityPath=localhost;UseDevelopmentEmulator=true$/,
      ),
      devices: [
        {
          deviceId: "device1",
          connectionString: expect.stringContaining("DeviceId=device1"),
          pageConnectionString: expect.stringMatching(/^HostName=ws:\/\/localhost:\d+;DeviceId=device1;/),
        },
      ],
    });
    await fetch(`${ready.endpoints.controlUrl}/devices/device1`, { method: "DELETE" });
    expect(JSON.parse(await cli.line((line) => line.includes("deviceDeleted")))).toMatchObject({
      type: "deviceDeleted",
      deviceId: "device1",
    });
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    expect(await readFile(caFile, "utf8")).toMatch("BEGIN CERTIFICATE");
    await rm(folder, { recursive: true });
  });

  it.each([
    [["--nope"], "isohub-emulator: Unknown option '--nope'"],
    [["--port", "x"], "isohub-emulator: --port must be a port"],
  ])("exits with 2 and the usage for %j", async (args, message) => {
    const cli = run(...args);
    expect(await cli.exit).toBe(2);
    expect(cli.err.join("\n")).toMatch(message);
    expect(cli.err.join("\n")).toMatch("Usage: isohub-emulator");
    expect(cli.out).toEqual([]);
  });

  it.each([
    [["--host", "192.0.2.1"], "this machine doesn't have the address"],
    [["--device", "a b"], "deviceId must be 1 to 128 characters"],
    [["--ca-file", "/no/such/folder/ca.pem"], "ENOENT"],
  ])("exits with 1 and the reason for %j", async (args, message) => {
    const cli = run(...args);
    expect(await cli.exit).toBe(1);
    expect(cli.err.join("\n")).toMatch(message);
  });

  it("prints the help and the version", async () => {
    const help = run("--help");
    expect(await help.exit).toBe(0);
    expect(help.out.join("\n")).toMatch("--official-ports");
    const version = run("--version");
    expect(await version.exit).toBe(0);
    const { version: expected } = JSON.parse(
      await readFile(new URL("../../package.json", import.meta.url), "utf8"),
    ) as { version: string };
    expect(version.out).toEqual([expected]);
  });
});
