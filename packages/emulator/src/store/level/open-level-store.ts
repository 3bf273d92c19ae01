import { Journal } from "./journal.ts";
import { LevelStore } from "./level-store.ts";

/** A store on disk, and what it hasn't written yet. */
export interface OpenLevelStore {
  readonly store: LevelStore;
  readonly journal: Journal;
}

/**
 * Opens the store in a folder, which is created if it doesn't exist.
 *
 * @param onError - called once if the disk can't be written any more; nothing is acknowledged from then on
 * @throws {Error} if `classic-level` isn't installed, another process uses the folder, or it can't be read
 */
export async function openLevelStore(
  folder: string,
  onError: (error: unknown) => void,
): Promise<OpenLevelStore> {
  const { ClassicLevel } = await import("classic-level").catch((cause: unknown) => {
    throw new Error("data requires the package 'classic-level'; run `npm install classic-level`", { cause });
  });
  const database = new ClassicLevel<string, string>(folder, { keyEncoding: "utf8", valueEncoding: "utf8" });
  const journal = new Journal(database, onError);
  try {
    await database.open();
    return { journal, store: await LevelStore.load(journal, database.iterator()) };
  } catch (error) {
    await database.close().catch(() => {});
    throw explain(error, folder);
  }
}

function explain(error: unknown, folder: string): Error {
  const { code, cause } = error as { code?: string; cause?: { code?: string; message?: string } };
  const message = cause?.message ?? (error as Error).message;
  const isDamaged = [code, cause?.code].includes("LEVEL_CORRUPTION") || error instanceof SyntaxError;
  const reason =
    cause?.code === "LEVEL_LOCKED"
      ? "another process uses it"
      : isDamaged
        ? `a file in it is damaged (${message}); use a copy of the folder, or a new one`
        : message;
  return new Error(`data must be a folder that can be opened, got '${folder}': ${reason}`, { cause: error });
}
