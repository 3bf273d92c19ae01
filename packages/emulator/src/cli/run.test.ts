import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Emulator } from "../api/emulator.ts";
import type { RegisteredDevice } from "../api/identities.ts";
import { makeCertificate } from "../certificates/node/certificate-maker.ts";
import { createCertificate, createCertificateAuthority } from "../certificates/node/client-certificate.ts";
import { createControlClient } from "../control-client.ts";
import { https } from "../testing/https.ts";
import { runCli } from "./run.ts";

/** Runs the command in process. Returns its output, and a function that interrupts it. */
function run(...args: string[]): Run {
  return runWith({}, ...args);
}

interface Run {
  out: string[];
  err: string[];
  opened: string[];
  exit: Promise<number>;
  interrupt(): void;
  hangup(): void;
  line(test: (line: string) => boolean): Promise<string>;
}

/** Like {@link run}, with environment variables. */
function runWith(environment: Record<string, string>, ...args: string[]): Run {
  let hangup = (): void => {};
  const [out, err, opened]: [string[], string[], string[]] = [[], [], []];
  let interrupt = (): void => {};
  let wake = (): void => {};
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve;
  });
  const exit = runCli(args, {
    name: "isohub-emulator",
    environment,
    output: {
      waitingBytes: 0,
      write: (text) => {
        out.push(...text.split("\n").slice(0, -1));
        wake();
      },
    },
    printError: (line) => err.push(line),
    openPage: (url) => opened.push(url),
    defer: (later) => void setImmediate(later),
    uptimeMs: () => performance.now(),
    interrupted: () => interrupted,
    onHangup: (listener) => {
      hangup = listener;
    },
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
  return { out, err, opened, exit, interrupt, hangup: () => hangup(), line };
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
    expect(cli.out.filter((line) => /^Ready after \d+ ms\.$/.test(line))).toHaveLength(1);
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
    [["--port", "x"], "isohub-emulator: --port must be an integer from 0 to 65535, got 'x'"],
    [["--data", ""], "--data must be a path, got an empty string"],
    [["--ca-file", ""], "--ca-file must be a path, got an empty string"],
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
    [
      ["--ca-file", "/no/such/folder/ca.pem"],
      "/no/such/folder/ca.key must be a writable file: it doesn't exist, or its folder doesn't (ENOENT)",
    ],
    [["--ca-file", "/dev/zero"], "/dev/zero must be a readable file: it has more than 1048576 bytes"],
    [["--ca-file", tmpdir()], "must be a readable file: it is a folder (EISDIR)"],
    [["--log-file", tmpdir()], "must be a writable file: it is a folder (EISDIR)"],
    [["--trust-store-file", tmpdir()], "must be a writable file: it is a folder (EISDIR)"],
    [
      ["--data", "/dev/null"],
      "data must be a folder that can be opened, got '/dev/null': there is a file of this name (EEXIST)",
    ],
    [["--data", "/dev/null/data"], "got '/dev/null/data': a part of the path isn't a folder (ENOTDIR)"],
  ])("exits with 1 and the reason for %j", async (args, message) => {
    const cli = run(...args);
    expect(await cli.exit).toBe(1);
    expect(cli.err.join("\n")).toMatch(message);
  });

  it("uses the same certificate authority in each run with the same file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-cli-"));
    const [caFile, keyFile] = [join(folder, "ca.pem"), join(folder, "ca.key")];
    const certificates: string[] = [];
    for (let round = 0; round < 2; round++) {
      const cli = run("--json", "--ca-file", caFile, "--trust-store-file", join(folder, "ca.p12"));
      const ready = JSON.parse(await cli.line(() => true)) as { endpoints: { controlUrl: string } };
      certificates.push(await (await fetch(`${ready.endpoints.controlUrl}/ca.pem`)).text());
      cli.interrupt();
      expect(await cli.exit).toBe(0);
    }
    expect(new Set([...certificates, await readFile(caFile, "utf8")]).size).toBe(1);
    expect((await stat(keyFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "ca.p12"))).size).toBeGreaterThan(300);

    // Without its key, the certificate can't be used again, and isn't overwritten.
    await rename(keyFile, join(folder, "moved.key"));
    const incomplete = run("--ca-file", caFile);
    expect(await incomplete.exit).toBe(1);
    expect(incomplete.err.join()).toContain(`${keyFile} must have the private key of ${caFile}`);
    const other = await createCertificate("other");
    await writeFile(keyFile, other.key);
    const mixed = run("--ca-file", caFile);
    expect(await mixed.exit).toBe(1);
    expect(mixed.err.join()).toContain(`${keyFile} must be the private key of ${caFile}, got another key`);
    await rm(folder, { recursive: true });
  });

  it("uses a certificate of its user, which clients verify with the authority's", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-cli-"));
    const ca = await createCertificateAuthority();
    const { cert, key } = await makeCertificate({
      commonName: "hub",
      use: "server",
      issuer: ca,
      names: ["localhost"],
    });
    const files = { "ca.pem": ca.cert, "hub.pem": cert, "hub.key": key };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const at = (name: string): string => join(folder, name);
    const cli = run(
      "--json",
      "--ca-file",
      at("ca.pem"),
      "--cert-file",
      at("hub.pem"),
      "--key-file",
      at("hub.key"),
    );
    const { endpoints } = JSON.parse(await cli.line(() => true)) as Emulator;
    const { status } = await https({ endpoints, ca: ca.cert } as Emulator, "/control", { method: "GET" });
    expect(status).toBe(200);
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    const alone = run("--cert-file", at("hub.pem"));
    expect(await alone.exit).toBe(1);
    expect(alone.err.join()).toContain("--cert-file and --key-file must be given together");
    await rm(folder, { recursive: true });
  });

  it("reads flags before variables, and variables before the configuration", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-cli-"));
    const file = join(folder, "hub.json");
    const devices = [{ deviceId: "described" }];
    await writeFile(file, JSON.stringify({ hostName: "file", idScope: "FILE", caFile: "ca.pem", devices }));
    const environment = {
      ISOHUB_EMULATOR_CONFIG: file,
      ISOHUB_EMULATOR_ID_SCOPE: "ENV",
      ISOHUB_EMULATOR_JSON: "1",
    };
    const cli = runWith(environment, "--host-name", "flag");
    const ready = JSON.parse(await cli.line(() => true)) as Record<string, unknown>;
    // Its path is relative to the file that names it.
    expect(ready).toMatchObject({ hostName: "flag", caFile: join(folder, "ca.pem"), devices });
    const { controlUrl } = ready["endpoints"] as Emulator["endpoints"];
    expect(await createControlClient(controlUrl).info()).toMatchObject({ idScope: "ENV" });
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    const invalid = runWith({ ISOHUB_EMULATOR_PORT: "http" });
    expect(await invalid.exit).toBe(2);
    expect(invalid.err).toEqual([
      "isohub-emulator: ISOHUB_EMULATOR_PORT must be an integer from 0 to 65535, got 'http'",
    ]);
    await rm(folder, { recursive: true });
  });

  it("appends events to a file, and opens it again after a hangup", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-cli-"));
    const file = join(folder, "hub.log");
    await writeFile(file, "before\n");
    const cli = run("--quiet", "--log-file", file, "--log-level", "info");
    const controlUrl = after((await cli.line(() => true)).replace(": ", "  "));
    const hub = createControlClient(controlUrl);
    await hub.createDevice("first");
    await hub.getTwin("first");
    await expect.poll(() => readFile(file, "utf8")).toMatch(/^before\n[\d:.]+ {2}first {2}registered\n$/);
    await rename(file, `${file}.1`);
    cli.hangup();
    await hub.createDevice("second");
    await expect.poll(() => readFile(file, "utf8")).toMatch(/second {2}registered\n$/);
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    expect(cli.out).toHaveLength(1);
    expect(cli.out[0]).toMatch(/^Ready after \d+ ms: http:/);
    await rm(folder, { recursive: true });
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

describe("isohub-emulator --join", () => {
  it("prints why it waits, and ends when it is interrupted", async () => {
    const cli = run("--join", "http://127.0.0.1:1/control", "--join-as", "line-2");
    await expect.poll(() => cli.err).toHaveLength(1);
    expect(cli.err[0]).toMatch(
      /hub line-2 isn't joined: http:\/\/127\.0\.0\.1:1\/control: .*; trying again$/,
    );
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    expect(cli.out).toEqual([]);
  });

  it("registers no device, and prints the emulator that it has joined", async () => {
    const first = run("--json", "--log-level", "info");
    const { endpoints } = JSON.parse(await first.line((line) => line.includes('"ready"'))) as Emulator;
    const cli = run("--join", endpoints.controlUrl, "--join-as", "line-2");
    expect(after(await cli.line((line) => line.includes("  joined ")))).toBe(endpoints.controlUrl);
    expect(cli.out.filter((line) => line.includes("device1"))).toEqual([]);
    await first.line((line) => line.includes('"hubJoined"'));
    cli.interrupt();
    expect(await cli.exit).toBe(0);
    await first.line((line) => line.includes('"hubLeft"'));
    first.interrupt();
    expect(await first.exit).toBe(0);
  });
});
