import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { machineScope } from "./servers/machine-scope.ts";
import { startEmulator } from "./start-emulator.ts";
import { openLevelStore } from "./store/level/open-level-store.ts";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "isohub-data-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Changes the store of a folder that no emulator uses. */
async function change(
  folder: string,
  write: (store: Awaited<ReturnType<typeof openLevelStore>>["store"]) => void,
): Promise<void> {
  const { store, journal } = await openLevelStore(folder, () => {});
  write(store);
  await journal.close();
}

it("refuses a folder that another emulator uses, or that a newer version has written", async () => {
  const data = await newFolder();
  const hub = await startEmulator({ data });
  await expect(startEmulator({ data })).rejects.toThrow(
    `data must be a folder that can be opened, got '${data}': another process uses it`,
  );
  await hub.close();
  await change(data, (store) => store.scope(machineScope).table("format").set("state", 2));
  await expect(startEmulator({ data })).rejects.toThrow(
    `data must be a folder of this version or an older one, got '${data}', which a newer version has written`,
  );
  await change(data, (store) => store.scope(machineScope).table("format").delete("state"));
  await (await startEmulator({ data })).close();
});

it("names the folder whose files or records are damaged", async () => {
  const data = await newFolder();
  await (await startEmulator({ data })).close();
  await change(data, (store) => store.scope("hub").table("identities").set("d", 5));
  await expect(startEmulator({ data })).rejects.toThrow(
    `data must be a folder that an emulator has written, got '${data}': `,
  );
  for (const file of await readdir(data)) {
    if (file.startsWith("MANIFEST")) await writeFile(join(data, file), "damaged");
  }
  await expect(startEmulator({ data })).rejects.toThrow(
    `data must be a folder that can be opened, got '${data}': a file in it is damaged (`,
  );
});
