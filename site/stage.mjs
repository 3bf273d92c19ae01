import { copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { addressOf } from "../scripts/lib/addresses.mjs";
import { readDocument } from "../scripts/lib/documents/documents.mjs";
import { isExternal } from "../scripts/lib/documents/links.mjs";
import { root } from "../scripts/lib/run.mjs";
import { isInRepository, pagesOfDocuments } from "./pages.mjs";

export const staged = join(root, "site/pages");

const code =
  /(?:^|\n)[ \t]*(?<fence>`{3,}|~{3,})[\s\S]*?\n[ \t]*\k<fence>(?=\s*\n|$)|(?<!`)(?<ticks>`+)(?!`)(?:[\s\S]*?[^`])?\k<ticks>(?!`)/;
const link = /(!?)\[((?:[^[\]]|\[[^\]]*\](?:\([^)]*\))?)*)\]\(([^\s)]+)((?:\s+"[^"]*")?)\)/;
const element = /(<(?:img|source)\b[^>]*?\b(?:src|srcset)=")([^"]+)(")/;
const pieces = new RegExp(
  `(?<code>${code.source})|(?<link>${link.source})|(?<element>${element.source})`,
  "g",
);

/**
 * Writes the pages of the site into a folder that VitePress reads: the documents of the repository, with links that lead to pages.
 * A link to another file of the repository leads to its public address; while there is none, its path stays as code.
 */
export function stage() {
  rmSync(staged, { recursive: true, force: true });
  const pages = pagesOfDocuments();
  for (const [document, page] of pages) write(page, convert(document, page, pages));
  if (![...pages.values()].includes("adr/index.md"))
    write("adr/index.md", indexOf("Decisions", "adr", pages));
  if (![...pages.values()].includes("guide/index.md"))
    write("guide/index.md", indexOf("Guides", "guide", pages));
  return pages;
}

/** Converts the links of a document. @param {string} document @param {string} page @param {Map<string, string>} pages */
export function convert(document, page, pages) {
  return readDocument(document).replace(pieces, (all, ...rest) => {
    const { code: isCode, link: isLink } = rest.at(-1);
    if (isCode !== undefined) return all;
    if (isLink !== undefined) return convertLink(all, document, page, pages);
    return all.replace(
      element,
      (_all, before, src, after) => `${before}${assetOf(src, document, page)}${after}`,
    );
  });
}

function convertLink(all, document, page, pages) {
  const [, image, label, href, title] = link.exec(all);
  if (image === "!") return `![${label}](${assetOf(href, document, page)}${title})`;
  // A linked image, or code that looks like a link.
  const text = label.replace(link, (inner) => convertLink(inner, document, page, pages));
  if (isExternal(href) || href.startsWith("#")) return `[${text}](${href}${title})`;
  const [path, anchor] = href.split("#");
  const target = posix.join(posix.dirname(document), decodeURI(path)).replace(/\/$/, "");
  const to = pages.get(target) ?? pages.get(`${target}/README.md`) ?? folderPages[target];
  const suffix = anchor === undefined ? "" : `#${anchor}`;
  if (to !== undefined) return `[${text}](${relative(page, to)}${suffix}${title})`;
  if (!isInRepository(target))
    throw new Error(`${document}: the link '${href}' must name a file of the repository`);
  const address = addressOf(target);
  if (address !== undefined) return `[${text}](${address}${suffix}${title})`;
  const shown = text.replaceAll("`", "");
  return target.endsWith(shown) ? `\`${target}\`` : `${text} (\`${target}\`)`;
}

/** Folders with a list of their pages. */
const folderPages = {
  docs: "index.md",
  "docs/adr": "adr/index.md",
  "docs/guide": "guide/index.md",
  "docs/api": "api/index.md",
};

/** Copies an image next to the pages, and returns its address. */
function assetOf(href, document, page) {
  if (isExternal(href)) return href;
  const source = posix.join(posix.dirname(document), decodeURI(href));
  const target = `assets/${posix.basename(source)}`;
  mkdirSync(join(staged, "assets"), { recursive: true });
  if (statSync(join(root, source)).isFile()) copyFileSync(join(root, source), join(staged, target));
  return relative(page, target);
}

const relative = (page, target) => {
  const path = posix.relative(posix.dirname(page), target);
  return path.startsWith(".") ? path : `./${path}`;
};

/** Lists the pages of a folder, by their titles. */
function indexOf(title, folder, pages) {
  const listed = [...pages].filter(([, page]) => page.startsWith(`${folder}/`));
  return `# ${title}\n\n${listed.map(([document, page]) => `- [${titleOf(document)}](./${posix.relative(folder, page)})`).join("\n")}\n`;
}

/** Returns the title of a document: its first heading, without marks. @param {string} document */
export function titleOf(document) {
  const [, heading] = /^# (.+)$/m.exec(readDocument(document)) ?? [
    undefined,
    posix.basename(document, ".md"),
  ];
  return heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(/[`*]/g, "");
}

function write(page, text) {
  const file = join(staged, page);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
