import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileStorage } from "./file-storage.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isohub-storage-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a file storage", () => {
  it("returns the last stored value, and leaves a single file of two lines", async () => {
    const path = join(folder, "hub");
    const storage = fileStorage(path);
    expect(await storage.get("key")).toBeUndefined();
    await storage.set("key", "1");
    await Promise.all([storage.set("key", "2"), storage.set("key", "2")]);
    expect(await fileStorage(path).get("key")).toBe("2");
    expect(await readFile(path, "utf8")).toBe("key\n2\n");
    expect(await readdir(folder)).toEqual(["hub"]);
  });

  it("returns unexpected file contents unchanged, so that the client reports them", async () => {
    const path = join(folder, "hub");
    await writeFile(path, "other\n1\n");
    expect(await fileStorage(path).get("key")).toBe("other\n1\n");
    await writeFile(path, "");
    expect(await fileStorage(path).get("key")).toBe("");
  });

  it("rejects if it can't read or write, and leaves no file", async () => {
    await expect(fileStorage(folder).get("key")).rejects.toMatchObject({ code: "EISDIR" });
    await expect(fileStorage(join(folder, "none/hub")).set("key", "1")).rejects.toMatchObject({
      code: "ENOENT",
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["", undefined, 7])("rejects the path %j", (path) => {
    expect(() => fileStorage(path as string)).toThrow(
      expect.objectContaining({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining("path must be the path of a file, got "),
      }),
    );
  });
});
