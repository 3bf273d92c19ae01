// docs/api: the API reference and the error codes, generated from the sources. Fails where an export has no comment; with --check,
// writes nothing and fails where docs/api is out of date.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "../lib/run.mjs";
import { catalogOf } from "./catalog.mjs";
import { convert } from "./convert.mjs";
import { readErrorCodes } from "./error-codes.mjs";
import { renderErrorCodes } from "./error-codes-page.mjs";
import { renderIndex } from "./index-page.mjs";
import { Links } from "./links.mjs";
import { renderPage } from "./page.mjs";

const folder = join(root, "docs/api");

const { modules, isComplete } = await convert();
const codes = readErrorCodes();
const pages = catalogOf(modules);
const links = new Links(pages, new Set(codes.map(({ code }) => code)));

/** @type {Map<string, string>} */
const files = new Map([
  ["README.md", renderIndex(pages, links)],
  ["error-codes.md", renderErrorCodes(codes, links)],
  ...pages.map((page) => [page.file, renderPage(page, links)]),
]);

const written = new Map(
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .map((path) => [relative(folder, path).replaceAll("\\", "/"), readFileSync(path, "utf8")])
    : [],
);

if (process.argv.includes("--check")) {
  const stale = [...new Set([...files.keys(), ...written.keys()])].filter(
    (file) => files.get(file) !== written.get(file),
  );
  if (stale.length > 0) {
    console.error(
      `docs/api doesn't match the sources: ${stale.join(", ")}. Run \`npm run docs\` to update it.`,
    );
    process.exitCode = 1;
  }
} else {
  rmSync(folder, { recursive: true, force: true });
  for (const [file, text] of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}
console.log(`${pages.length} exports, ${codes.length} error codes`);
if (!isComplete) process.exitCode = 1;
