import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { rollup } from "rollup";
import { root } from "../run.mjs";
import { Stamp } from "./stamp.mjs";

/** Files whose change can change every bundle. */
const common = [
  "rollup.config.mjs",
  "pnpm-lock.yaml",
  "scripts/lib/packages.mjs",
  ...readdirSync(import.meta.dirname).map((name) => `scripts/lib/bundling/${name}`),
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/package.json`),
];

const fromRoot = (file) => relative(root, file).split(sep).join("/");

/** The name of a configuration: its entry, or the folder of its output. @param {import("rollup").RollupOptions} options */
export function bundleName({ input, output }) {
  const [first] = [output].flat();
  return typeof input === "string" ? input : first.dir;
}

/**
 * Bundles one configuration. Each file is written next to the old one and renamed over it, imported files first, and files that are no
 * longer part of the bundle stay until the build after this one: a process that serves the old bundle finds all of it.
 *
 * @param {import("rollup").RollupOptions} options
 */
export async function writeBundle(options) {
  const inputs = new Set(common);
  const bundle = await rollup({ ...options, plugins: [inputsInto(inputs), ...options.plugins] });
  const outputs = [];
  for (const output of [options.output].flat()) {
    const generated = await bundle.generate(output);
    const folder = output.dir ?? dirname(output.file);
    const isEntry = (file) => file.isEntry === true;
    for (const file of generated.output.sort((one, other) => isEntry(one) - isEntry(other))) {
      const path = join(folder, file.fileName);
      replaceFile(join(root, path), file.type === "chunk" ? file.code : file.source);
      outputs.push(path.split(sep).join("/"));
    }
  }
  for (const file of bundle.watchFiles) inputs.add(fromRoot(file));
  await bundle.close();
  const stamp = new Stamp(bundleName(options));
  const isStale = (file) => !outputs.includes(file);
  for (const file of stamp.leftovers.filter(isStale)) rmSync(join(root, file), { force: true });
  stamp.write([...inputs], outputs, stamp.outputs.filter(isStale));
}

/** A Rollup plugin that collects the files that a bundle is made from. */
function inputsInto(inputs) {
  return {
    name: "inputs",
    moduleParsed({ id }) {
      if (!id.startsWith("\0")) inputs.add(fromRoot(resolve(id.replace(/[?\0].*$/, ""))));
    },
  };
}

/** @param {string} file @param {string | Uint8Array} content */
function replaceFile(file, content) {
  if (hasContent(file, content)) return;
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${process.pid}.tmp`;
  writeFileSync(next, content);
  renameSync(next, file);
}

function hasContent(file, content) {
  try {
    return readFileSync(file).equals(Buffer.from(content));
  } catch {
    return false;
  }
}
