import { decodeBase64 } from "../util/base64.ts";

/** One block of PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, … */
  readonly label: string;
  /** From the BEGIN line to the END line, which end with a line feed. */
  readonly text: string;
}

/** A reason why an input isn't readable PEM. */
export interface PemFlaw {
  /** The thing that was found instead. */
  readonly got: string;
  readonly remediation?: string;
}

const begin = /-----BEGIN ([A-Z0-9 ]+)-----/;
const beginLine = new RegExp(`^${begin.source}$`);
const endLine = /^-----END ([A-Z0-9 ]+)-----$/;
const base64Line = /^[A-Za-z0-9+/]*={0,2}$/;
/** RFC 1421 headers, which old encrypted keys have. */
const header = /^[A-Za-z0-9-]+: /;

const copyAgain = "Copy the whole file again";
const noIndent = "Remove the white space at the start of each line";
const lineBreaks =
  "Write each line of the PEM text on its own line. In JavaScript: text.replaceAll('\\\\n', '\\n')";

/**
 * Finds the blocks of a PEM text, up to the first that can't be read.
 *
 * @param wanted - the labels of blocks whose content is checked, too
 */
export function findPemBlocks(
  text: string,
  wanted: readonly string[],
): { readonly blocks: PemBlock[]; readonly flaw?: PemFlaw } {
  const blocks: PemBlock[] = [];
  const lines = text.split(/\r\n|\n|\r/).map((line) => line.trimEnd());
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const found = begin.exec(line);
    if (found === null) {
      if (endLine.test(line))
        return { blocks, flaw: { got: `'${line}' without its BEGIN line`, remediation: copyAgain } };
      continue;
    }
    const label = found[1] ?? "";
    const name = `block ${blocks.length + 1} (${label})`;
    if (!beginLine.test(line)) {
      const flaw = flawOfLine(line, found, name);
      // Words in front of a BEGIN aren't the start of a block.
      if (flaw === undefined) continue;
      return { blocks, flaw };
    }
    let end = at + 1;
    while (end < lines.length && !/-----(BEGIN|END) /.test(lines[end] ?? "")) end++;
    const body = lines.slice(at + 1, end);
    const last = lines[end] ?? "";
    const flaw =
      flawOfEnd(last, label, name) ?? (wanted.includes(label) ? flawOfBody(body, name) : undefined);
    if (flaw !== undefined) return { blocks, flaw };
    // OpenSSL doesn't read empty lines, except the one below headers.
    const content = body.some((each) => header.test(each)) ? body : body.filter(Boolean);
    blocks.push({ label, text: `${[line, ...content, last].join("\n")}\n` });
    at = end;
  }
  return { blocks };
}

/** Explains a line that contains more than BEGIN. */
function flawOfLine(line: string, found: RegExpExecArray, name: string): PemFlaw | undefined {
  const before = line.slice(0, found.index);
  const after = line.slice(found.index + found[0].length);
  if (after.startsWith("\\n") || after.startsWith("\\r")) {
    return {
      got: `${name} on a single line, with the characters \\n instead of line breaks`,
      remediation: lineBreaks,
    };
  }
  if (after !== "") return { got: `${name} without line breaks`, remediation: lineBreaks };
  if (/^\s*["'`]$/.test(before)) return { got: `${name} in quotes`, remediation: "Remove the quotes" };
  return before.trim() === "" ? { got: `${name} with indented lines`, remediation: noIndent } : undefined;
}

function flawOfEnd(line: string, label: string, name: string): PemFlaw | undefined {
  if (endLine.exec(line)?.[1] === label) return undefined;
  if (/^\s+-----END /.test(line)) return { got: `${name} with indented lines`, remediation: noIndent };
  return { got: `${name} that is truncated: its END line is missing`, remediation: copyAgain };
}

function flawOfBody(body: readonly string[], name: string): PemFlaw | undefined {
  if (body.some((line) => /^\s/.test(line)))
    return { got: `${name} with indented lines`, remediation: noIndent };
  const isEncrypted = body.some((line) => header.test(line));
  const lines = body.filter((line) => !header.test(line));
  const bytes = lines.every((line) => base64Line.test(line)) ? decodeBase64(lines.join("")) : undefined;
  if (bytes === undefined) {
    return { got: `${name} that isn't base64`, remediation: copyAgain };
  }
  const length = derLength(bytes);
  // The bytes of a key with headers are encrypted.
  if (isEncrypted || length === bytes.length) return undefined;
  const how = length === undefined ? "that isn't DER" : `with ${bytes.length} bytes instead of ${length}`;
  return { got: `${name} ${how}`, remediation: copyAgain };
}

/** The length that a DER sequence has according to its header. @source X.690, 8.1.3 */
function derLength(bytes: Uint8Array): number | undefined {
  const [tag, first = 0x80] = bytes;
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return first + 2;
  const count = first & 0x7f;
  if (count < 1 || count > 4) return undefined;
  return bytes.slice(2, 2 + count).reduce((length, byte) => length * 256 + byte, 0) + 2 + count;
}
