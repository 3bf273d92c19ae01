import { readFile } from "node:fs/promises";
import type { EdgeEnvironment } from "@isohub/core/runtime";

/** This process's environment. */
export const edgeEnvironment: EdgeEnvironment = {
  variable: (name) => process.env[name],
  readTextFile: (path) => readFile(path, "utf8"),
};
