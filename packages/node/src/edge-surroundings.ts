import { readFile } from "node:fs/promises";
import type { EdgeSurroundings } from "@isohub/core";

/** The environment of this process. */
export const edgeSurroundings: EdgeSurroundings = {
  variable: (name) => process.env[name],
  readTextFile: (path) => readFile(path, "utf8"),
};
