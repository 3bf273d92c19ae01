import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Azurite, azuriteMissing, endWithParent, locateAzurite } from "./azurite.ts";
import { BlobStorage } from "./blob-storage.ts";

let scripts: string;
beforeAll(async () => {
  scripts = await mkdtemp(join(tmpdir(), "isohub-test-"));
});
afterAll(() => rm(scripts, { recursive: true }));

function runs(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function script(text: string): Promise<() => string> {
  const path = join(scripts, `${Math.random()}.cjs`);
  await writeFile(path, text);
  return () => path;
}

describe("the storage emulator", () => {
  it("is a process with a folder, and leaves neither behind", async () => {
    const azurite = new Azurite();
    await azurite.start();
    const { pid, folder = "" } = azurite;
    expect(runs(pid)).toBe(true);
    expect(existsSync(folder)).toBe(true);
    const response = await fetch(`http://127.0.0.1:${azurite.port}/isohub?comp=list`);
    expect(response.status).toBe(403);
    expect(response.headers.get("server")).toMatch(/^Azurite-Blob\//);
    await azurite.close();
    expect(runs(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    expect([azurite.pid, azurite.folder, azurite.port]).toEqual([undefined, undefined, 0]);
  });

  it("keeps the blobs in a folder of the hub's data", async () => {
    const folder = join(scripts, "kept");
    const first = new BlobStorage("on-demand", undefined, folder);
    const sas = await first.sign("d/a b.txt", 60_000);
    const { port, account } = first.target ?? {};
    const put = await fetch(`http://127.0.0.1:${port}/${account}/uploads/d/a%20b.txt${sas}`, {
      method: "PUT",
      headers: { "x-ms-blob-type": "BlockBlob" },
      body: "kept",
    });
    expect(put.status).toBe(201);
    await first.close();
    const second = new BlobStorage("on-demand", undefined, folder);
    expect(await (await second.read("d/a b.txt")).text()).toBe("kept");
    await second.close();
  });

  it("can be closed at any moment", async () => {
    const never = new Azurite();
    await never.close();
    await expect(never.start()).rejects.toThrow("closed before it had started");
    const starting = new Azurite(await script("setInterval(() => {}, 1000)"));
    const started = starting.start();
    const failed = expect(started).rejects.toThrow("Azurite did not start: it ended with SIGKILL");
    await expect.poll(() => starting.pid).toBeDefined();
    const { pid, folder = "" } = starting;
    await starting.close();
    await failed;
    expect(runs(pid)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it("ends with its parent process, even when that is killed", async () => {
    const program = JSON.stringify(locateAzurite());
    const parent = spawn(
      process.execPath,
      [
        "-e",
        `const { spawn } = require("node:child_process");
         const options = ["--blobPort", "0", "--location", ${JSON.stringify(scripts)}, "--disableTelemetry"];
         const child = spawn(process.execPath, ["--import", ${JSON.stringify(endWithParent)}, ${program}, ...options]);
         child.stdout.on("data", (text) => String(text).includes("listens") && console.log(String(text)));
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const url = /http:\S+/.exec(line.toString())?.[0] ?? "";
    expect((await fetch(url)).status).toBe(400);
    parent.kill("SIGKILL");
    const answers = (): Promise<boolean> => fetch(url).then(Boolean, () => false);
    await expect.poll(answers).toBe(false);
  });

  it("reports why it does not start", async () => {
    const broken = new Azurite(await script("process.stderr.write('no disk', () => process.exit(3))"));
    await expect(broken.start()).rejects.toThrow("Azurite did not start: it ended with exit code 3\nno disk");
    await broken.close();
    const missing = new Azurite(() => {
      throw new Error(azuriteMissing);
    });
    await expect(missing.start()).rejects.toThrow("npm install --save-dev azurite@~3.35.0");
    await missing.close();
  });
});

describe("the blob storage", () => {
  it("starts one process, on first use, however many uploads begin at once", async () => {
    const blobStorage = new BlobStorage("on-demand");
    await blobStorage.open();
    expect(blobStorage.pid).toBeUndefined();
    expect(blobStorage.target).toBeUndefined();
    await expect(blobStorage.read("d/x")).rejects.toMatchObject({ name: "GenericNotFound" });
    const [one, two] = await Promise.all([blobStorage.ready(), blobStorage.ready()]);
    expect(one).toBe(two);
    expect(blobStorage.target).toEqual({ port: one.port, account: "isohub" });
    await expect(blobStorage.read("d/x")).rejects.toThrow("There is no blob 'd/x'.");
    // A process that has ended is replaced.
    const { pid, folder = "" } = one;
    process.kill(pid ?? 0, "SIGKILL");
    await one.exited;
    await expect.poll(() => existsSync(folder)).toBe(false);
    const next = await blobStorage.ready();
    expect(next.pid).not.toBe(pid);
    await blobStorage.close();
    expect(runs(next.pid)).toBe(false);
    await expect(blobStorage.ready()).rejects.toThrow("The emulator is closed");
  });

  it("starts at once in mode true, or reports why it can't", async () => {
    const blobStorage = new BlobStorage(true);
    await blobStorage.open();
    expect(blobStorage.target?.port).toBeGreaterThan(0);
    await blobStorage.close();
    const broken = new BlobStorage(true, await script("process.exit(1)"));
    await expect(broken.open()).rejects.toThrow("Azurite did not start");
    // The next use tries again.
    await expect(broken.ready()).rejects.toMatchObject({ name: "ServiceUnavailable" });
    await broken.close();
  });

  it("is missing when it is switched off or not installed", async () => {
    const off = new BlobStorage(false);
    await off.open();
    const error = { name: "DefaultStorageEndpointNotConfigured", errorCode: 400014, statusCode: 400 };
    await expect(off.ready()).rejects.toMatchObject(error);
    const missing = new BlobStorage("on-demand", () => {
      throw new Error(azuriteMissing);
    });
    await expect(missing.ready()).rejects.toMatchObject({ ...error, message: azuriteMissing });
    await Promise.all([off.close(), missing.close()]);
  });
});
