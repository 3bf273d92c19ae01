import { readFileSync } from "node:fs";

// tsc writes modules and declarations to packages/*/build; Rollup joins the modules of each entry into one file in
// dist, because a file less is a file system access less at import.
const entries = [
  { folder: "packages/core", names: ["index", "mqttjs", "testing"] },
  { folder: "packages/node", names: ["index"] },
  { folder: "packages/emulator", names: ["index", "cli"] },
];

export default entries.map(({ folder, names }) => {
  const manifest = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const outside = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return {
    input: Object.fromEntries(names.map((name) => [name, `${folder}/build/${name}.js`])),
    external: (id) =>
      id.startsWith("node:") || outside.some((name) => id === name || id.startsWith(`${name}/`)),
    output: {
      dir: `${folder}/dist`,
      format: "es",
      entryFileNames: "[name].js",
      chunkFileNames: "chunks/[name]-[hash].js",
      sourcemap: true,
    },
  };
});
