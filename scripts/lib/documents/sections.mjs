import { existsSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Writes a section of a document of figures, which several commands write: what is between its markers, or the end of the
 * document if it has none.
 */
export function writeSection(file, name, text) {
  const document = existsSync(file) ? readFileSync(file, "utf8") : "# The emulator in figures\n";
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->\n`];
  const section = `${start}${text}${end}`;
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  const changed =
    from === -1
      ? `${document}\n${section}`
      : document.slice(0, from) + section + document.slice(to + end.length);
  writeFileSync(file, changed);
}
