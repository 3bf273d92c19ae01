/**
 * A piece of prose in a file: a comment, a doc comment, a string with several words, or Markdown.
 *
 * @typedef {object} Prose
 * @property {"comment" | "doc" | "string" | "markdown" | "heading"} kind
 * @property {string} text - as many lines as in the file, without the marks of comments
 * @property {number} line - the line it starts on, from 1
 */

/** After these words, a slash begins a regular expression. */
const beforeRegex =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield|instanceof)$/;

/**
 * Finds the prose in TypeScript or JavaScript. Knows strings, templates, regular expressions and comments, and nothing else of
 * the languages.
 *
 * @param {string} code
 * @returns {Prose[]}
 */
export function scanCode(code) {
  const scanner = new Scanner(code);
  scanner.scan(() => false);
  return joinLineComments(scanner.found).filter(isProse);
}

class Scanner {
  /** @type {(Prose & { endLine: number, alone: boolean })[]} */
  found = [];
  #at = 0;
  #line = 1;
  /** Where the last token that is neither white space nor a comment ended. */
  #last = 0;

  constructor(code) {
    this.code = code;
  }

  /** Reads code until `isEnd` accepts a bracket, or to the end of the file. */
  scan(isEnd) {
    while (this.#at < this.code.length) {
      const char = this.code[this.#at];
      const two = this.code.slice(this.#at, this.#at + 2);
      if (two === "//") this.#comment("\n", 0);
      else if (two === "/*") this.#comment("*/", 2);
      else if (char === '"' || char === "'") this.#string(char);
      else if (char === "`") this.#template();
      else if (char === "/" && this.#mayBeRegex()) this.#regex();
      else {
        if (char === "\n") this.#line++;
        this.#at++;
        if (/\S/.test(char)) this.#last = this.#at;
        if ((char === "{" || char === "}") && isEnd(char)) return;
      }
    }
  }

  #comment(end, length) {
    const start = this.#at;
    const found = this.code.indexOf(end, start + 2);
    const until = found < 0 ? this.code.length : found;
    const text = this.code.slice(start + 2, until);
    const kind = length === 2 && text.startsWith("*") ? "doc" : "comment";
    const before = this.code.slice(this.code.lastIndexOf("\n", start) + 1, start);
    const line = this.#line;
    this.#moveTo(until + length);
    this.found.push({
      kind,
      text: text.replace(/^\*/, "").replace(/\n[ \t]*\*(?!\/)/g, "\n"),
      line,
      endLine: this.#line,
      alone: length === 0 && before.trim() === "",
    });
  }

  #string(quote) {
    const start = this.#at;
    let end = start + 1;
    while (end < this.code.length && this.code[end] !== quote && this.code[end] !== "\n") {
      end += this.code[end] === "\\" ? 2 : 1;
    }
    this.#add(this.code.slice(start + 1, end), this.#line);
    this.#moveTo(end + 1);
    this.#last = this.#at;
  }

  #template() {
    const line = this.#line;
    let text = "";
    this.#at++;
    while (this.#at < this.code.length && this.code[this.#at] !== "`") {
      if (this.code.startsWith("${", this.#at)) {
        this.#at += 2;
        this.#last = this.#at;
        let depth = 1;
        const from = this.#line;
        this.scan((bracket) => {
          depth += bracket === "{" ? 1 : -1;
          return depth === 0;
        });
        text += `…${"\n".repeat(this.#line - from)}`;
        continue;
      }
      const length = this.code[this.#at] === "\\" ? 2 : 1;
      const part = this.code.slice(this.#at, this.#at + length);
      text += part;
      this.#moveTo(this.#at + length);
    }
    this.#at++;
    this.#last = this.#at;
    this.#add(text, line);
  }

  #regex() {
    let inClass = false;
    let end = this.#at + 1;
    for (; end < this.code.length; end++) {
      const char = this.code[end];
      if (char === "\\") end++;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if (char === "\n" || (char === "/" && !inClass)) break;
    }
    this.#moveTo(end + 1);
    this.#last = this.#at;
  }

  /** After a value, a slash divides. */
  #mayBeRegex() {
    const before = this.code.slice(Math.max(0, this.#last - 20), this.#last);
    return !/[\w$)\]"'`]$/.test(before) || beforeRegex.test(before);
  }

  #add(text, line) {
    this.found.push({ kind: "string", text, line, endLine: line, alone: false });
  }

  #moveTo(at) {
    for (const char of this.code.slice(this.#at, at)) if (char === "\n") this.#line++;
    this.#at = at;
  }
}

/** Lines of `//` that follow each other are one comment. */
function joinLineComments(found) {
  const joined = [];
  for (const each of found) {
    const last = joined.at(-1);
    if (last?.alone && each.alone && last.endLine + 1 === each.line) {
      last.text += `\n${each.text}`;
      last.endLine = each.line;
    } else joined.push({ ...each });
  }
  return joined.map(({ kind, text, line }) => ({ kind, text, line }));
}

/** A string with one word, or with code in it, is for a machine. */
function isProse({ kind, text }) {
  if (kind !== "string") return true;
  return (
    /[a-z]\S* +\S*[a-z]/i.test(text) &&
    !/=>|;\s*$|;\n|[{(]\s*$|^\s*(?:import|const|let|if|return) /.test(text)
  );
}
