interface Container {
  /** The place in the document: `groups[0]`. */
  readonly path: string;
  /** The position of each property of an object; an array has none. */
  readonly names: Map<string, number> | undefined;
  /** The path of the current member. */
  member: string;
  length: number;
}

const space = /[ \t\r\n]*/y;
const literal = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;
// Whatever else is shown as one character, because it may belong to a key.
const shown = /(?:NaN|Infinity|undefined|None|True|False)(?!\w)|[^\r\n]/uy;
const escapeEnd = /["\\/bfnrt]|u[\da-fA-F]{4}/y;

/**
 * Parses JSON that a person has written. Unlike `JSON.parse`, it reports the line and the column of an error on every
 * runtime, and accepts no object that has a property twice.
 *
 * @throws {SyntaxError} `line 3, column 5 must be a property name in double quotes, got '}'`
 */
export function parseJsonDocument(text: string): unknown {
  new Scan(text).document();
  return JSON.parse(text);
}

/** One pass over a document, without recursion: a document may be nested deeply. */
class Scan {
  readonly #text: string;
  readonly #open: Container[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    do {
      this.#value();
    } while (this.#next());
    if (this.#at < this.#text.length) this.#fail("the end of the document");
  }

  /** Reads a value, or the start of a container up to its first value. */
  #value(): void {
    for (;;) {
      this.#skipSpace();
      const container = this.#open.at(-1);
      const path = container === undefined ? "" : container.member;
      const char = this.#text[this.#at];
      if (char === '"') this.#string();
      else if (char === "{" || char === "[") {
        this.#at++;
        const names = char === "{" ? new Map<string, number>() : undefined;
        const opened = { path, names, member: `${path}[0]`, length: 0 };
        this.#open.push(opened);
        this.#skipSpace();
        if (this.#text[this.#at] !== (names === undefined ? "]" : "}")) {
          if (names !== undefined) this.#name(opened, names);
          continue;
        }
        this.#at++;
        this.#open.pop();
      } else if (this.#match(literal) === undefined) this.#fail("a value");
      return;
    }
  }

  /** Reads what follows a value, and returns whether that is another value. */
  #next(): boolean {
    for (;;) {
      this.#skipSpace();
      const container = this.#open.at(-1);
      if (container === undefined) return false;
      const { names, path } = container;
      const end = names === undefined ? "]" : "}";
      const char = this.#text[this.#at];
      if (char === ",") {
        this.#at++;
        container.member = `${path}[${++container.length}]`;
        this.#skipSpace();
        if (names !== undefined) this.#name(container, names);
        return true;
      }
      if (char !== end) this.#fail(`',' or '${end}'`);
      this.#at++;
      this.#open.pop();
    }
  }

  #name(container: Container, names: Map<string, number>): void {
    const start = this.#at;
    if (this.#text[start] !== '"') this.#fail("a property name in double quotes");
    this.#string();
    const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
    const { path } = container;
    const before = names.get(name);
    if (before !== undefined) {
      const where = path === "" ? "the document" : path;
      const [line] = this.#placeOf(before);
      this.#fail(`a property that ${where} doesn't have yet`, start, `'${name}', as in line ${line}`);
    }
    names.set(name, start);
    container.member = path === "" ? name : `${path}.${name}`;
    this.#skipSpace();
    if (this.#text[this.#at] !== ":") this.#fail("':'");
    this.#at++;
  }

  #string(): void {
    const start = this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || char < " ") {
        this.#fail("a string that ends in its line", start);
      }
      this.#at++;
      if (char === '"') return;
      if (char === "\\" && this.#match(escapeEnd) === undefined)
        this.#fail("an escape of JSON, such as '\\\\'", this.#at - 1);
    }
  }

  #skipSpace(): void {
    this.#match(space);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(rule: string, at = this.#at, got?: string): never {
    const [line, column] = this.#placeOf(at);
    this.#at = at;
    const found = this.#match(shown);
    const end = at < this.#text.length ? "the end of the line" : "the end of the document";
    const value = got ?? (found === undefined ? end : `'${found}'`);
    throw new SyntaxError(`line ${line}, column ${column} must be ${rule}, got ${value}`);
  }

  #placeOf(at: number): [line: number, column: number] {
    const lines = this.#text.slice(0, at).split(/\r\n|[\r\n]/);
    return [lines.length, (lines.at(-1)?.length ?? 0) + 1];
  }
}
