import { scanCode } from "./scan-code.mjs";
import { scanHtml, scanJsx, scanMarkdown } from "./scan-markup.mjs";
import { headings, openings, phrases, quotations } from "./vocabulary.mjs";

/**
 * A phrase that the project doesn't use.
 *
 * @typedef {object} Finding
 * @property {number} line
 * @property {string} phrase
 * @property {string} instead
 */

/** Code, names and addresses within prose. */
const notProse = [
  /`[^`\n]*`/g,
  /\{@\w+[^}]*\}/g,
  /\bhttps?:\/\/\S+/g,
  /\]\([^)]*\)/g,
  // A member or a call, as in `#told(` and `state.told`.
  /[#.$][A-Za-z_]\w*|\b[A-Za-z_]\w*(?=\()/g,
];

/** The pattern, with any white space for a space. */
const spaced = ({ source }) => new RegExp(source.replaceAll(" ", "\\s+"), "gi");

const compiled = {
  phrases: phrases.map(({ pattern, instead }) => ({ pattern: spaced(pattern), instead })),
  openings: openings.map(({ pattern, instead }) => ({ pattern: spaced(pattern), instead })),
  headings: headings.map(({ pattern, instead }) => ({ pattern: spaced(pattern), instead })),
};

/**
 * Checks the prose of a file.
 *
 * @param {string} file - its name; the extension decides how it is read
 * @param {string} text
 * @returns {Finding[]} in the order of lines
 */
export function checkProse(file, text) {
  return scan(file, text)
    .flatMap(checkOne)
    .sort((one, other) => one.line - other.line);
}

function scan(file, text) {
  if (file.endsWith(".md")) return scanMarkdown(text);
  if (file.endsWith(".html")) return scanHtml(text);
  if (file.endsWith(".tsx")) return scanJsx(text);
  return scanCode(text);
}

function checkOne({ kind, text, line }) {
  let prose = text;
  for (const pattern of [...notProse, ...quotations]) {
    prose = prose.replace(pattern, (code) => code.replace(/[^\n]/g, "…"));
  }
  const lists = [compiled.phrases];
  if (kind === "doc") lists.push(compiled.openings);
  if (kind === "heading") lists.push(compiled.headings);
  const start = prose.length - prose.trimStart().length;
  prose = prose.trimStart();
  const firstLine = line + text.slice(0, start).split("\n").length - 1;
  return lists.flat().flatMap(({ pattern, instead }) =>
    [...prose.matchAll(pattern)].map((match) => ({
      line: firstLine + prose.slice(0, match.index).split("\n").length - 1,
      phrase: match[0].replace(/\s+/g, " "),
      instead,
    })),
  );
}
