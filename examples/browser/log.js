/** Appends a line to the page. @param {...unknown} parts */
export function log(...parts) {
  const line = parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ");
  document.getElementById("log")?.append(`${line}\n`);
}
