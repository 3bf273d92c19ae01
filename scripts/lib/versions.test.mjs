import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packages } from "./packages.mjs";
import { root } from "./run.mjs";
import { readVersions, setVersion, versionPlaces, withVersion } from "./versions.mjs";

describe("the version", () => {
  it("is the same in every place", () => {
    const versions = readVersions();
    expect(versions.length).toBeGreaterThan(10);
    expect(versions.filter(({ version }) => version !== versions[0].version)).toEqual([]);
    for (const { folder } of packages) {
      expect(versions.map(({ file }) => file)).toContain(`${folder}/package.json`);
    }
  });

  it("is in the changelog", () => {
    const [{ version }] = readVersions();
    expect(readFileSync(join(root, "CHANGELOG.md"), "utf8")).toContain(`## ${version}`);
  });

  it.each(versionPlaces())("is replaced in $file by $pattern", (place) => {
    const text = readFileSync(join(root, place.file), "utf8");
    const changed = withVersion(text, place, "9.8.7-beta.1");
    expect(place.pattern.exec(changed)?.[2]).toBe("9.8.7-beta.1");
    const [{ version }] = readVersions();
    expect(withVersion(changed, place, version)).toBe(text);
  });

  it("must be a semantic version", () => {
    expect(() => setVersion("v1")).toThrow("The version must be like 1.2.3 or 1.2.3-beta.1, got 'v1'");
  });
});
