import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Builds the console with a hub in the page as one HTML file, which works without a server: opened from a disk, or attached to an issue.
 *
 * @param {typeof import("vite").build} build
 * @param {string} source - the folder of the package
 * @param {string} folder - for the file
 */
export async function buildStandaloneConsole(build, source, folder) {
  const outDir = join(folder, "standalone");
  await build({
    configFile: false,
    root: source,
    base: "./",
    logLevel: "error",
    build: {
      outDir,
      target: "es2022",
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: join(source, "standalone.html"),
        output: {
          codeSplitting: false,
          entryFileNames: "standalone.js",
          assetFileNames: "standalone[extname]",
        },
      },
    },
  });
  const read = (name) => readFileSync(join(outDir, name), "utf8");
  const html = read("standalone.html")
    .replace(/<script[^>]*><\/script>/, "")
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${read("standalone.css")}</style>`)
    // A module in the file itself needs no server. Its strings must not end it.
    .replace(
      "</body>",
      () =>
        `<script type="module">${read("standalone.js").replaceAll("</script", "<\\/script")}</script></body>`,
    );
  writeFileSync(join(folder, "standalone.html"), html);
  rmSync(outDir, { recursive: true });
}
