import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/** The folder with the programs that use the clients. */
export const interop = "packages/conformance/src/interop";
const read = (path) => readFileSync(join(root, path), "utf8");
const versionIn = (path, pattern) => {
  const version = pattern.exec(read(path))?.[1];
  if (version === undefined) throw new Error(`${path} must have a version, as in ${pattern}`);
  return version;
};

/** The version of a package of npm that the conformance tests install. @param {string} name */
export const npm = (name) => () =>
  JSON.parse(read(`packages/conformance/node_modules/${name}/package.json`)).version;
/** The version of a package of PyPI. @param {string} name */
export const pypi = (name) => () => JSON.parse(read(`${interop}/python/versions.json`))[name];
/** The version of a package of PyPI that the example of a service requires. @param {string} name */
export const required = (name) => () =>
  versionIn("examples/service/python/requirements.txt", new RegExp(`^${name}==(.+)$`, "m"));
/** The version of a library of Maven. @param {string} project @param {string} name */
export const maven = (project, name) => () =>
  versionIn(`${project}/pom.xml`, new RegExp(`<artifactId>${name}</artifactId>\\s*<version>(.+?)<`));
/** The version of a module of Go. @param {string} name - the end of its path */
export const go = (name) => () => versionIn(`${interop}/go/go.mod`, new RegExp(`${name} v(\\S+)`));
