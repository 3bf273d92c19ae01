import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockPath } from "./path-lock.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-lock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

// A file instead of an abstract name works on Linux, too.
describe.runIf(process.platform !== "win32").each([process.platform, "darwin"] as const)(
  "the lock of a path on %s",
  (platform) => {
    it("has one holder, whatever leads to the path, until it is released", async () => {
      const folder = await newFolder();
      const link = join(await newFolder(), "link");
      await symlink(folder, link);
      const release = await lockPath(join(folder, "outbox"), platform);
      expect(await lockPath(join(link, "outbox"), platform)).toBeUndefined();
      const releaseOther = await lockPath(join(folder, "other"), platform);
      expect(releaseOther).toBeDefined();
      await release?.();
      const again = await lockPath(join(link, "outbox"), platform);
      expect(again).toBeDefined();
      await Promise.all([releaseOther?.(), again?.()]);
    });

    it("ends with a process that is killed", async () => {
      const path = join(await newFolder(), "outbox");
      const release = await lockPath(path, platform);
      expect(release).toBeDefined();
      await release?.();
      const address = platform === "linux" ? "abstract" : "file";
      const script = `
        import { createHash } from "node:crypto";
        import { createServer } from "node:net";
        const name = "isohub-" + createHash("sha256").update(process.argv[1]).digest("hex").slice(0, 32);
        const file = process.argv[2] + "/" + name + ".lock";
        createServer().listen("${address}" === "abstract" ? "\\0" + name : file, () => console.log("locked"));
      `;
      const child = execFile(process.execPath, ["--input-type=module", "--eval", script, path, tmpdir()]);
      onTestFinished(() => void child.kill("SIGKILL"));
      await once(child.stdout as NodeJS.ReadableStream, "data");
      expect(await lockPath(path, platform)).toBeUndefined();
      child.kill("SIGKILL");
      await once(child, "exit");
      const after = await lockPath(path, platform);
      expect(after).toBeDefined();
      await after?.();
    });
  },
);

it("the lock of a path in a folder that doesn't exist is refused with the system's error", async () => {
  await expect(lockPath(join(await newFolder(), "none", "outbox"))).rejects.toMatchObject({ code: "ENOENT" });
});
