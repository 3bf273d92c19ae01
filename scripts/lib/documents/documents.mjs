import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/** Lists every Markdown file of the project that git doesn't ignore, from the root. @returns {string[]} */
export function listDocuments() {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "*.md"];
  const files = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 }).split("\0");
  return [...new Set(files)].filter((file) => file !== "" && existsSync(join(root, file))).sort();
}

/** Whether a document is generated from the sources: its code is that of their comments. @param {string} file */
export const isGenerated = (file) => file.startsWith("docs/api/");

/** @param {string} file - from the root */
export const readDocument = (file) => readFileSync(join(root, file), "utf8");

/**
 * A fenced block of code.
 *
 * @typedef {object} CodeBlock
 * @property {string} language - lower case; empty if the fence names none
 * @property {string} code
 * @property {number} line - of its first line of code, from 1
 * @property {string[]} directives - the content of the comments right above the fence
 */

const directive = /^\s*<!--\s*([\s\S]*?)\s*-->\s*$/;

/** Lists the fenced blocks of a document. @param {string} text @returns {CodeBlock[]} */
export function codeBlocksOf(text) {
  const lines = text.split("\n");
  const blocks = [];
  let directives = [];
  for (let index = 0; index < lines.length; index++) {
    const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[index]);
    if (fence !== null) {
      const start = index + 1;
      while (index + 1 < lines.length && !lines[index + 1].trim().startsWith(fence[2])) index++;
      const code = lines
        .slice(start, index + 1)
        .map((line) => line.slice(Math.min(fence[1].length, line.search(/\S|$/))));
      blocks.push({ language: fence[3].toLowerCase(), code: code.join("\n"), line: start + 1, directives });
      index++;
      directives = [];
      continue;
    }
    if (/^\s*<!--/.test(lines[index])) {
      const start = index;
      while (!lines[index].includes("-->") && index + 1 < lines.length) index++;
      const comment = directive.exec(lines.slice(start, index + 1).join("\n"));
      if (comment !== null) directives.push(comment[1]);
    } else if (lines[index].trim() !== "") directives = [];
  }
  return blocks;
}

/** Replaces fenced blocks with empty lines. @param {string} text */
export function withoutFences(text) {
  let open;
  return text
    .split("\n")
    .map((line) => {
      const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (open === undefined && fence === undefined) return line;
      if (open === undefined) open = fence;
      else if (fence?.startsWith(open)) open = undefined;
      return "";
    })
    .join("\n");
}

/** Also removes code within lines: what looks like a link there isn't one. @param {string} text */
export function withoutCode(text) {
  return withoutFences(text).replace(/(?<!`)(`+)(?!`)(?:[^`]|(?!\1(?!`))`)*?\1(?!`)/g, (code) =>
    code.includes("\n") ? code.replace(/[^\n]/g, "") : "code",
  );
}
