import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Creates a Rollup plugin that writes the licenses of all bundled npm packages next to the bundle, as they require.
 *
 * @param {string} [fileName]
 */
export function licenses(fileName = "licenses.txt") {
  return {
    name: "licenses",
    generateBundle(_options, bundle) {
      const folders = new Set();
      for (const { modules = {} } of Object.values(bundle)) {
        for (const id of Object.keys(modules)) {
          const folder = packageFolder(id.replace(/^\0/, "").replace(/\?.*$/, ""));
          if (folder !== undefined) folders.add(folder);
        }
      }
      if (folders.size === 0) return;
      const source = [...folders].map(readLicense).sort().join("\n\n---\n\n");
      this.emitFile({ type: "asset", fileName, source: `${source}\n` });
    },
  };
}

/** The folder of the npm package that a module is from. @param {string} id */
function packageFolder(id) {
  if (!id.includes("/node_modules/")) return undefined;
  let folder = dirname(id);
  while (!existsSync(join(folder, "package.json")) || readManifest(folder).version === undefined)
    folder = dirname(folder);
  return folder;
}

const readManifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

function readLicense(folder) {
  const { name, version, license } = readManifest(folder);
  const file = readdirSync(folder).find((each) => /^licen[cs]e(\.|$)/i.test(each));
  const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version}\n\n${text}`;
}
