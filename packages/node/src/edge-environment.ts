import { readFile } from "node:fs/promises";
import type { EdgeEnvironment } from "@isohub/core/runtime";

/** The environment of this process. */
export const edgeEnvironment: EdgeEnvironment = {
  variable: (name) => process.env[name],
  readTextFile: (path) => readFile(path, "utf8"),
};
