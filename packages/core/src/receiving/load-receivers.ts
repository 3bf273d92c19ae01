import { loadFile } from "../util/load-file.ts";
import type { CreateReceivers } from "./receivers.ts";

/** Loads the code of receivers on first use, for pages. */
export async function loadReceivers(): Promise<CreateReceivers> {
  const { createReceivers } = await loadFile(() => import("./receivers.ts"));
  return createReceivers;
}
