import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A Rollup plugin that reads the maps beside what it joins, so that a debugger shows what was written, not what was made of it. */
export function sourceMaps() {
  return {
    name: "source-maps",
    load(id) {
      const file = `${id}.map`;
      if (!id.endsWith(".js") || id.startsWith("\0") || !existsSync(file)) return null;
      this.addWatchFile(file);
      const map = JSON.parse(readFileSync(file, "utf8"));
      map.sourcesContent = map.sources.map((source, index) => {
        const path = join(dirname(file), source);
        return map.sourcesContent?.[index] ?? (existsSync(path) ? readFileSync(path, "utf8") : null);
      });
      // Maps of others may lead to sources that are not published; what is published is the source then.
      if (map.sourcesContent.includes(null)) return null;
      return { code: readFileSync(id, "utf8"), map };
    },
  };
}
