import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "./make-folder.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-folder-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

it("creates a folder with those above it, also twice at once", async () => {
  const path = join(await newFolder(), "a", "b", "c");
  await Promise.all([makeFolder(path), makeFolder(path)]);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it("rejects where there is a file, or a link to nothing", async () => {
  const folder = await newFolder();
  await writeFile(join(folder, "file"), "");
  await symlink(join(folder, "nothing"), join(folder, "link"));
  await expect(makeFolder(join(folder, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeFolder(join(folder, "file", "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(join(folder, "link"))).rejects.toMatchObject({ code: "ENOENT" });
});

it.runIf(existsSync("/proc/self"))("rejects where a file system creates no folders", async () => {
  await expect(makeFolder("/proc/isohub/a/b")).rejects.toMatchObject({ code: "ENOENT" });
});
