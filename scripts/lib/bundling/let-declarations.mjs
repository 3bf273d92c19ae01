import MagicString from "magic-string";

/**
 * Creates a Rollup plugin that declares constants with `let` in a chunk. Minifiers join neighbouring declarations of one kind only,
 * and the compiler has already checked that nothing assigns to a constant.
 */
export function letDeclarations() {
  return {
    name: "let-declarations",
    renderChunk(code) {
      const changed = new MagicString(code);
      for (const { start } of constantsIn(this.parse(code)))
        changed.update(start, start + "const".length, "let");
      return { code: changed.toString(), map: changed.generateMap({ hires: true }) };
    },
  };
}

function* constantsIn(node) {
  if (Array.isArray(node)) {
    for (const each of node) yield* constantsIn(each);
    return;
  }
  if (typeof node?.type !== "string") return;
  if (node.type === "VariableDeclaration" && node.kind === "const") yield node;
  for (const value of Object.values(node)) if (typeof value === "object") yield* constantsIn(value);
}
