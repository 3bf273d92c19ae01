import { join } from "node:path";
import { Application, ReflectionKind } from "typedoc";
import { entries, packages } from "../lib/packages.mjs";
import { root } from "../lib/run.mjs";
import { areas, undocumentedEntries } from "./areas.mjs";

/**
 * Reads the declarations and comments of the documented entries. Warns where an exported declaration has no comment.
 *
 * @returns {Promise<{ modules: Map<string, import("typedoc").DeclarationReflection>, isComplete: boolean }>} modules by the
 * specifier of their entry
 */
export async function convert() {
  const documented = areas
    .flatMap((area) => area.entries)
    .map((specifier) => {
      const entry = entries.find((each) => each.specifier === specifier);
      if (entry === undefined)
        throw new Error(`scripts/api/areas.mjs has ${specifier}, which isn't an entry`);
      return entry;
    });
  const listed = new Set([
    ...areas.flatMap((area) => [...area.entries, ...(area.alsoFrom ?? [])]),
    ...undocumentedEntries,
  ]);
  const forgotten = entries.find(({ specifier }) => !listed.has(specifier));
  if (forgotten !== undefined) throw new Error(`scripts/api/areas.mjs must list ${forgotten.specifier}`);
  const app = await Application.bootstrap({
    tsconfig: `${root}scripts/api/tsconfig.json`,
    entryPoints: documented.map(({ source }) => join(root, source)),
    basePath: `${root}packages`,
    name: "isohub",
    readme: "none",
    skipErrorChecking: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeInternal: true,
    excludeExternals: true,
    disableGit: true,
    sourceLinkTemplate: "{path}",
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
    preservedTypeAnnotationTags: ["@throws"],
    logLevel: "Warn",
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("TypeDoc couldn't read the sources");
  // The first of a pair of accessors carries the comment of both.
  for (const { getSignature, setSignature } of project.getReflectionsByKind(ReflectionKind.Accessor)) {
    if (getSignature?.comment !== undefined && setSignature !== undefined) {
      setSignature.comment ??= getSignature.comment.clone();
    }
  }
  app.validate(project);
  const modules = new Map();
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const found = documented.find(
      ({ source }) => source.replace(/^packages\/|(\/index)?\.ts$/g, "") === module.name,
    );
    if (found === undefined) throw new Error(`the module ${module.name} must belong to a documented entry`);
    modules.set(found.specifier, module);
  }
  return { modules, isComplete: !app.logger.hasErrors() && !app.logger.hasWarnings() };
}
