import { existsSync, readFileSync } from "node:fs";

/** A Rollup plugin that reads the maps beside what it joins, so that a debugger shows what was written, not what was made of it. */
export function sourceMaps() {
  return {
    name: "source-maps",
    load(id) {
      const map = `${id}.map`;
      if (!id.endsWith(".js") || id.startsWith("\0") || !existsSync(map)) return null;
      return { code: readFileSync(id, "utf8"), map: JSON.parse(readFileSync(map, "utf8")) };
    },
  };
}
