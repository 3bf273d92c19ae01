// docs/api: the API reference, generated from the comments in the sources. Fails where an export has no comment; with --check, writes
// nothing and fails where docs/api is out of date.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, Converter, ReflectionKind } from "typedoc";
import { entries, packages } from "../lib/packages.mjs";
import { root } from "../lib/run.mjs";

const written = join(root, "docs/api");
const check = process.argv.includes("--check");
const out = check ? mkdtempSync(join(tmpdir(), "isohub-api-")) : written;

/** Public entries. Exports of core that a runtime package repeats are documented with core. */
const documented = entries.filter(({ isDocumented }) => isDocumented);

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  tsconfig: `${root}scripts/api/tsconfig.json`,
  entryPoints: documented.map(({ source }) => join(root, source)),
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
  packagesRequiringDocumentation: packages
    .filter(({ isPublished }) => isPublished)
    .map(({ manifest }) => manifest.name),
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
    const isModule = ({ source }) => source.replace(/^packages\/|(\/index)?\.ts$/g, "") === module.name;
    module.name = documented.find(isModule)?.specifier ?? module.name;
  }
});
// The first of a pair of accessors carries the comment of both.
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

/** Returns the names and contents of all files in a folder, as one string. */
function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  return paths.map((path) => `${path.slice(folder.length)}\n${readFileSync(path, "utf8")}`).join("\n");
}

if (check) {
  if (contents(out) !== contents(written)) {
    console.error("docs/api doesn't match the sources. Run `npm run docs` to update it.");
    process.exitCode = 1;
  }
  rmSync(out, { recursive: true });
}
