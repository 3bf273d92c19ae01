import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../run.mjs";
import { uniqueSlugs } from "../slug.mjs";
import { readDocument, withoutCode } from "./documents.mjs";

/**
 * A link or an image of a document.
 *
 * @typedef {object} Link
 * @property {string} href - as it is written
 * @property {number} line
 */

const inline = /!?\[(?:[^[\]]|\[[^\]]*\](?:\([^)]*\))?|\\.)*\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const nested = /\[[^\]]*\]\(([^\s)]+)\)\]/g;
const definition = /^\s*\[[^\]]+\]:\s+(\S+)/gm;
const html = /<(?:a|img|source|link)\b[^>]*?\b(?:href|src|srcset)="([^"\s]+)"/g;

/** Lists the links of a document. @param {string} text @returns {Link[]} */
export function linksOf(text) {
  const prose = withoutCode(text);
  return [inline, nested, definition, html].flatMap((pattern) =>
    [...prose.matchAll(pattern)].map(({ 1: href, index }) => ({
      href,
      line: prose.slice(0, index).split("\n").length,
    })),
  );
}

/** Lists the anchors of a document: of its headings, and explicit ones. @param {string} text @returns {Set<string>} */
export function anchorsOf(text) {
  const slug = uniqueSlugs();
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, id]) => id));
  let fence;
  for (const line of text.split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark.startsWith(fence)) fence = undefined;
    } else if (fence === undefined) {
      const heading = /^#{1,6} (.+?)(?: #+)?$/.exec(line);
      if (heading !== null) anchors.add(slug(heading[1]));
    }
  }
  return anchors;
}

export const isExternal = (href) => /^(?:[a-z][\w+.-]*:|\/\/)/i.test(href);

const anchorsByFile = new Map();

/**
 * Checks a link of a document to another file, or to a heading.
 *
 * @param {string} document - from the root
 * @param {string} href
 * @returns {string | undefined} the problem, if there is one
 */
export function problemOf(document, href) {
  if (isExternal(href)) return undefined;
  const [path, anchor] = href.split("#");
  if (path.startsWith("/")) return "must be relative";
  const target = path === "" ? document : posix.join(posix.dirname(document), decodeURI(path));
  const file = join(root, target);
  if (target.startsWith("..") || !existsSync(file)) return "must name a file of the repository";
  if (anchor === undefined) return undefined;
  if (statSync(file).isDirectory() || !target.endsWith(".md")) return "must have its anchor in a document";
  if (!anchorsByFile.has(target)) anchorsByFile.set(target, anchorsOf(readDocument(target)));
  return anchorsByFile.get(target).has(decodeURIComponent(anchor))
    ? undefined
    : `must name a heading of ${target}`;
}
