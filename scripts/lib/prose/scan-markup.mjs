import { scanCode } from "./scan-code.mjs";

/** White space in the place of something, with its lines. */
const blank = (text) => text.replace(/[^\n]/g, " ");

/** @param {string} text @param {number} index */
const lineAt = (text, index) => text.slice(0, index).split("\n").length;

/**
 * Finds the prose in Markdown: headings and paragraphs, not code and comments.
 *
 * @param {string} markdown
 * @returns {import("./scan-code.mjs").Prose[]}
 */
export function scanMarkdown(markdown) {
  const prose = markdown
    .replace(/^( *)(```+|~~~+)[\s\S]*?^ *\2[^\n]*$/gm, blank)
    .replace(/<!--[\s\S]*?-->/g, blank);
  const headings = [...prose.matchAll(/^#+ +(.*)$/gm)].map((match) => ({
    kind: "heading",
    text: match[1],
    line: lineAt(prose, match.index),
  }));
  const rest = prose.replace(/^#+ .*$/gm, blank);
  const paragraphs = [...rest.matchAll(/(?:^[^\n]*\S[^\n]*(?:\n|$))+/gm)].map((match) => ({
    kind: "markdown",
    text: match[0],
    line: lineAt(rest, match.index),
  }));
  return [...headings, ...paragraphs].sort((one, other) => one.line - other.line);
}

/**
 * Finds the prose in JSX: that of the code, and the text of elements.
 *
 * @param {string} code
 * @returns {import("./scan-code.mjs").Prose[]}
 */
export function scanJsx(code) {
  const texts = [...code.matchAll(/(?<![=-])[>}]([^<>{}=;()[\]&|]*[a-z][^<>{}=;()[\]&|]*)(?=[<{])/gi)];
  const elements = texts.map((match) => ({
    kind: "markdown",
    text: match[1],
    line: lineAt(code, match.index),
  }));
  return [...scanCode(code), ...elements];
}

/**
 * Finds the prose in HTML: its text, and the prose in its scripts.
 *
 * @param {string} html
 * @returns {import("./scan-code.mjs").Prose[]}
 */
export function scanHtml(html) {
  const scripts = [...html.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/gi)].flatMap((match) => {
    const before = lineAt(html, match.index + match[1].length) - 1;
    return scanCode(match[2]).map((each) => ({ ...each, line: each.line + before }));
  });
  const text = html.replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/gi, blank).replace(/<[^>]*>/g, blank);
  return [{ kind: "markdown", text, line: 1 }, ...scripts];
}
