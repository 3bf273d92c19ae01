import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryManifests } from "./packages.mjs";
import { root } from "./run.mjs";

/** The one version of all packages. */
const semver = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

/**
 * The places where the version stands: files, and what is around it in each.
 *
 * @returns {{ file: string, pattern: RegExp }[]}
 */
export function versionPlaces() {
  const inJson = (file) => ({ file, pattern: /("version": ")([^"]+)(")/ });
  const jsr = ["core", "deno"].map((name) => `packages/${name}/jsr.json`);
  return [
    ...repositoryManifests().map(inJson),
    ...jsr.map(inJson),
    { file: "packages/deno/jsr.json", pattern: /("npm:@isohub\/core@)([^"]+)(")/ },
    { file: "packages/core/src/runtime/version.ts", pattern: /(version = ")([^"]+)(")/ },
    { file: "packages/emulator/README.md", pattern: /(^isohub emulator )(\S+)($)/m },
  ];
}

/** Reads the version in each place. @returns {{ file: string, version: string | undefined }[]} */
export function readVersions() {
  return versionPlaces().map(({ file, pattern }) => ({
    file,
    version: pattern.exec(readFileSync(join(root, file), "utf8"))?.[2],
  }));
}

/** Writes a version to each place. @param {string} version */
export function setVersion(version) {
  if (!semver.test(version))
    throw new Error(`The version must be like 1.2.3 or 1.2.3-beta.1, got '${version}'`);
  for (const place of versionPlaces()) {
    const file = join(root, place.file);
    writeFileSync(file, withVersion(readFileSync(file, "utf8"), place, version));
  }
}

/** Returns a file's text with another version in a place. @param {string} text @param {{ pattern: RegExp }} place @param {string} version */
export function withVersion(text, { pattern }, version) {
  return text.replace(pattern, (_all, before, _old, after) => before + version + after);
}
