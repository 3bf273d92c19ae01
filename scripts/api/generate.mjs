// The API reference: docs/api, from the comments in the sources. Fails where an export has none; with --check it writes nothing
// and fails where docs/api says something else.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Converter, ReflectionKind } from "typedoc";

const root = fileURLToPath(new URL("../../", import.meta.url));
const written = join(root, "docs/api");
const check = process.argv.includes("--check");
const out = check ? mkdtempSync(join(tmpdir(), "isohub-api-")) : written;

/** What a user imports, and where its sources begin. What runtime packages export of core is told there. */
const entries = {
  "@isohub/core": "core/src/index.ts",
  "@isohub/core/token-broker": "core/src/token-broker.ts",
  "@isohub/core/csr": "core/src/csr.ts",
  "@isohub/core/testing": "core/src/testing.ts",
  "@isohub/node": "node/src/index.ts",
  "@isohub/node/csr": "node/src/csr.ts",
  "@isohub/browser": "browser/src/index.ts",
  "@isohub/browser/lite": "browser/src/lite.ts",
  "@isohub/deno": "deno/src/index.ts",
  "@isohub/deno/csr": "deno/src/csr.ts",
  "@isohub/emulator": "emulator/src/index.ts",
};

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  tsconfig: `${root}scripts/api/tsconfig.json`,
  entryPoints: Object.values(entries).map((entry) => `${root}packages/${entry}`),
  basePath: `${root}packages`,
  name: "isohub",
  out,
  outputFileStrategy: "modules",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  readme: "none",
  skipErrorChecking: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  excludeExternals: true,
  disableSources: true,
  packagesRequiringDocumentation: ["core", "node", "browser", "deno", "emulator"].map(
    (name) => `@isohub/${name}`,
  ),
  validation: { notExported: false, invalidLink: true, notDocumented: true },
  requiredToBeDocumented: [
    "Class",
    "Interface",
    "TypeAlias",
    "Function",
    "Variable",
    "Method",
    "Accessor",
    "Enum",
  ],
  blockTags: ["@param", "@returns", "@throws", "@example", "@source", "@see", "@remarks", "@typeParam"],
  logLevel: "Warn",
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const [name] =
      Object.entries(entries).find(([, entry]) => entry.replace(/(\/index)?\.ts$/, "") === module.name) ?? [];
    if (name !== undefined) module.name = name;
  }
});
// A pair of accessors has one comment, at the first of the two.
app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
  for (const accessor of project.getReflectionsByKind(ReflectionKind.Accessor)) {
    const { getSignature, setSignature } = accessor;
    if (getSignature?.comment !== undefined && setSignature !== undefined) {
      setSignature.comment ??= getSignature.comment.clone();
    }
  }
});
const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;

/** The files of a folder with their contents, as one text. */
function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return paths.map((path) => `${path.slice(folder.length)}\n${readFileSync(path, "utf8")}`).join("\n");
}

if (check) {
  if (contents(out) !== contents(written)) {
    console.error("docs/api is not what the sources say: npm run docs writes it");
    process.exitCode = 1;
  }
  rmSync(out, { recursive: true });
}
