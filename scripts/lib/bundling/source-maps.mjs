import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileOf } from "./parts-in-one-file.mjs";

/** Creates a Rollup plugin that reads the source maps of the bundled modules, so that a debugger shows the original sources. */
export function sourceMaps() {
  return {
    name: "source-maps",
    load(id) {
      const path = fileOf(id);
      const file = `${path}.map`;
      if (!path.endsWith(".js") || path.startsWith("\0") || !existsSync(file)) return null;
      this.addWatchFile(file);
      const map = JSON.parse(readFileSync(file, "utf8"));
      map.sourcesContent = map.sources.map((source, index) => {
        const original = join(dirname(file), source);
        return map.sourcesContent?.[index] ?? (existsSync(original) ? readFileSync(original, "utf8") : null);
      });
      // Maps of dependencies may name sources that aren't published; the published file is the source then.
      if (map.sourcesContent.includes(null)) return null;
      return { code: readFileSync(path, "utf8"), map };
    },
  };
}

/** Creates a Rollup plugin that leaves the sources out of the source maps that are published as files. */
export function withoutPublishedSources() {
  return {
    name: "without-published-sources",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".map")) continue;
        const map = JSON.parse(file.source);
        map.sourcesContent = map.sources.map((source, index) =>
          source.includes("node_modules") || source.startsWith("\0") ? map.sourcesContent[index] : null,
        );
        file.source = JSON.stringify(map);
      }
    },
  };
}
