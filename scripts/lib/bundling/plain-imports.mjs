import MagicString from "magic-string";

const helper = "__rewriteRelativeImportExtension";

/**
 * Creates a Rollup plugin that removes the compiler's function around the address of an `import()`. It turns `.ts` into `.js`, which no
 * address at run time needs.
 */
export function plainImports() {
  return {
    name: "plain-imports",
    transform(code) {
      if (!code.includes(helper)) return null;
      const changed = new MagicString(code);
      for (const node of nodesIn(this.parse(code))) {
        if (node.type === "VariableDeclaration" && node.declarations[0].id.name === helper)
          changed.remove(node.start, node.end);
        if (node.type !== "CallExpression" || node.callee.name !== helper) continue;
        // A comment for bundlers may precede the address.
        changed.remove(node.start, node.callee.end + 1).remove(node.end - 1, node.end);
      }
      return { code: changed.toString(), map: changed.generateMap({ hires: true }) };
    },
  };
}

function* nodesIn(node) {
  if (Array.isArray(node)) {
    for (const each of node) yield* nodesIn(each);
    return;
  }
  if (typeof node?.type !== "string") return;
  yield node;
  for (const value of Object.values(node)) if (typeof value === "object") yield* nodesIn(value);
}
