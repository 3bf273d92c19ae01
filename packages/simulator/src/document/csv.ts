/** Parses a CSV file (RFC 4180) into the cells of each line. Skips empty lines. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cells = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  for (let match = cells.exec(text); match !== null; match = cells.exec(text)) {
    const [, quoted, plain = "", end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
    if (end === "") break;
  }
  return rows;
}

/** Reads a column of a CSV file whose first line has the names. Numbers become numbers. @returns `undefined` without that column */
export function csvColumn(text: string, name: string): (string | number)[] | undefined {
  const [head = [], ...rows] = parseCsv(text);
  const at = head.findIndex((each) => each.trim() === name);
  if (at < 0) return undefined;
  return rows.map((row) => {
    const cell = (row[at] ?? "").trim();
    return cell !== "" && Number.isFinite(Number(cell)) ? Number(cell) : cell;
  });
}
