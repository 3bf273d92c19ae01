import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ROWS = ["packages", "MB"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "install",
  once: true,
  tables: [
    {
      id: "install",
      title: "Size of an installation, including dependencies",
      unit: "",
      digits: 1,
      better: "less",
      goals: {
        packages: { lean: { itself: 9 } },
        MB: { lean: { itself: 15, official: 0.23 } },
      },
    },
  ],
  rows: ROWS,

  cells: () => [],

  async measureHere(peer) {
    const found = new Map();
    for (const name of peer.packages) collect(name, import.meta.filename, found);
    const bytes = [...found.values()].reduce((sum, size) => sum + size, 0);
    const values = [found.size, bytes / 1e6];
    return ROWS.map((row, i) => ({ table: "install", row, value: values[i] }));
  },
};

/** Adds a package and its dependencies, by their folders. */
function collect(name, from, found) {
  const folder = folderOf(name, from);
  if (folder === undefined || found.has(folder)) return;
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  found.set(folder, sizeOf(folder, manifest));
  const optional = manifest.optionalDependencies ?? {};
  for (const dependency of Object.keys({ ...manifest.dependencies, ...optional })) {
    collect(dependency, join(folder, "package.json"), found);
  }
}

/** Finds the folder of a package the way Node does. */
function folderOf(name, from) {
  const { paths } = createRequire(from).resolve;
  for (const path of paths(name) ?? []) {
    try {
      return realpathSync(dirname(realpathSync(join(path, name, "package.json"))));
    } catch {
      // Not here; an optional one may be missing.
    }
  }
  return undefined;
}

/** Measures a package; of a package of this workspace, only the published files count. */
function sizeOf(folder, { name }) {
  if (!name.startsWith("@isohub/")) return sum(folder);
  // Without scripts: that of every package refuses to be packed in its folder.
  const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(packed)[0].unpackedSize;
}

function sum(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\/node_modules(\/|$)/.test(entry.parentPath.slice(folder.length)))
    .map((entry) => join(entry.parentPath, entry.name))
    .reduce((total, file) => total + statSync(file).size, 0);
}
