import { readFileSync, writeFileSync } from "node:fs";

/**
 * Replaces a section of a document with figures: what is between its two markers.
 *
 * @param {string} file @param {string} name - in the markers @param {string} text
 */
export function writeSection(file, name, text) {
  const document = readFileSync(file, "utf8");
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->\n`];
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${file} must have the markers of '${name}'`);
  writeFileSync(file, `${before}${start}${text}${end}${after}`);
}
