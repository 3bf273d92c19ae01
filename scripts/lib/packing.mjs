import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { addressFields } from "./addresses.mjs";
import { packages } from "./packages.mjs";
import { publishedReadme } from "./published-readme.mjs";
import { root } from "./run.mjs";

const run = promisify(execFile);

/** Fields of a manifest that only the workspace needs. */
const workspaceFields = ["scripts", "devDependencies"];
/** Files that a build writes for the workspace. Sources and source maps aren't published either: see ADR 15. */
const unpublished = /\.map$|\.tsbuildinfo$|\.test\.|^build\/.*\.js$/;
const sourceMapComment = /^\/\/# sourceMappingURL=\S+\n?/gm;

/**
 * Packs published packages from their build, as they are installed from a registry.
 *
 * @param {string} folder - for the tarballs
 * @param {readonly string[]} [names] - of packages; by default all that are published
 * @returns {Promise<string[]>} the paths of the tarballs
 */
export async function pack(
  folder,
  names = packages.filter((each) => each.isPublished).map(({ name }) => name),
) {
  const chosen = packages.filter(({ name }) => names.includes(name));
  const stage = join(folder, "stage");
  await rm(stage, { recursive: true, force: true });
  const staged = [];
  for (const each of chosen) {
    const target = join(stage, each.name);
    await stagePackage(each, target);
    staged.push(target);
  }
  await run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder, ...staged]);
  await rm(stage, { recursive: true });
  return chosen.map(({ manifest }) => join(folder, tarballName(manifest)));
}

/** The file name of a package's tarball. @param {{ name: string, version: string }} manifest */
export function tarballName({ name, version }) {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/** Writes the files of a package as they are published. @param {import("./packages.mjs").Package} each @param {string} target */
async function stagePackage({ folder, manifest }, target) {
  await mkdir(target, { recursive: true });
  await writeFile(
    join(target, "package.json"),
    `${JSON.stringify(publishedManifest(manifest, folder), null, 2)}\n`,
  );
  const readme = await readFile(join(root, folder, "README.md"), "utf8");
  await writeFile(join(target, "README.md"), publishedReadme(readme, folder));
  await copyFile(join(root, "LICENSE"), join(target, "LICENSE"));
  for (const file of manifest.files.filter((each) => each.endsWith(".json")))
    await copyFile(join(root, folder, file), join(target, file));
  for (const part of ["build", "dist", "cjs"]) {
    const files = await readdir(join(root, folder, part), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const file of files.filter((one) => one.isFile())) {
      const path = join(file.parentPath, file.name).slice(join(root, folder).length + 1);
      if (!unpublished.test(path)) await copyPublished(join(root, folder, path), join(target, path));
    }
  }
}

/** Copies a file without the comment that names its source map. */
async function copyPublished(from, to) {
  await mkdir(dirname(to), { recursive: true });
  if (!/\.[jt]s$/.test(from)) return copyFile(from, to);
  await writeFile(to, (await readFile(from, "utf8")).replace(sourceMapComment, ""));
}

/** The manifest of a package as it is published. */
function publishedManifest(manifest, folder) {
  const published = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !workspaceFields.includes(key)),
  );
  for (const field of ["dependencies", "peerDependencies"]) {
    if (manifest[field] === undefined) continue;
    const versions = Object.entries(manifest[field]).map(([name, range]) => [
      name,
      releasedRange(name, range),
    ]);
    published[field] = Object.fromEntries(versions);
  }
  return { ...published, ...addressFields(folder) };
}

/** All packages are released together, so each needs exactly its own version of the others. */
function releasedRange(name, range) {
  if (!range.startsWith("workspace:")) return range;
  return packages.find(({ manifest }) => manifest.name === name).manifest.version;
}
