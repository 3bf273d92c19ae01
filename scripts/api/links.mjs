import { posix } from "node:path";

/**
 * Resolves names to pages, and renders types and comments with links to them.
 */
export class Links {
  #pages;
  #codes;

  /**
   * @param {import("./catalog.mjs").Page[]} pages
   * @param {ReadonlySet<string>} codes - the error codes, which have anchors in error-codes.md
   */
  constructor(pages, codes) {
    this.#pages = pages;
    this.#codes = codes;
  }

  /** Finds the page of a name, of the same area if several have it. @param {string} name @param {string} [area] */
  page(name, area) {
    const found = this.#pages.filter((page) => page.name === name);
    return found.find((page) => page.area.folder === area) ?? found[0];
  }

  /** Returns the relative address of a file of docs/api, seen from a page. */
  to(file, from) {
    return posix.relative(posix.dirname(from.file), file);
  }

  /** Renders code, with the names of other exports in it as links. @param {string} code @param {any} from - the page */
  code(code, from) {
    const pieces = code.split(/\b([A-Za-z]\w+)\b/);
    let result = "";
    let plain = "";
    const flush = () => {
      if (plain !== "") result += plain.includes("`") ? `\`\` ${plain} \`\`` : `\`${plain}\``;
      plain = "";
    };
    pieces.forEach((piece, index) => {
      const page = index % 2 === 1 ? this.page(piece, from.area.folder) : undefined;
      // A name in quotes is a string, and one in front of a colon a property.
      const isName = !/["'.]$/.test(pieces[index - 1] ?? "") && !/^\??:/.test(pieces[index + 1] ?? "");
      if (page === undefined || page === from || !isName) plain += piece;
      else {
        flush();
        result += `[\`${piece}\`](${this.to(page.file, from)})`;
      }
    });
    flush();
    return result;
  }

  /**
   * Renders the parts of a comment.
   *
   * @param {readonly import("typedoc").CommentDisplayPart[]} parts
   */
  prose(parts, from) {
    return parts
      .map((part) => {
        if (part.kind === "inline-tag") return this.#inlineTag(part, from);
        if (part.kind === "code") return this.#codeOrError(part.text, from);
        return part.text.replaceAll("<", "&lt;").replaceAll("{{", "&#123;&#123;");
      })
      .join("")
      .trim();
  }

  #codeOrError(text, from) {
    const code = text.replaceAll("`", "");
    return this.#codes.has(code) ? `[${text}](${this.to("error-codes.md", from)}#${code})` : text;
  }

  #inlineTag({ text, target }, from) {
    const label = `\`${text}\``;
    const [owner, member] = text.split(".");
    const page = this.page(owner, from.area.folder);
    if (page !== undefined)
      return `[${label}](${this.to(page.file, from)}${member === undefined ? "" : `#${member.toLowerCase()}`})`;
    // A member of the same declaration, or of one that has no page.
    const parent = target?.parent?.kindOf === undefined ? undefined : target.parent;
    if (parent !== undefined && isMember(from.declaration, text)) return `[${label}](#${text.toLowerCase()})`;
    const other = parent === undefined ? undefined : this.page(parent.name, from.area.folder);
    if (other === undefined || !isMember(other.declaration, text)) return label;
    return `[${label}](${this.to(other.file, from)}#${text.toLowerCase()})`;
  }
}

function isMember(declaration, name) {
  return declaration?.children?.some((child) => child.name === name) === true;
}
