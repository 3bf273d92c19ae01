import MagicString from "magic-string";

/** The name of `undefined` in a chunk. Minified code must not use it otherwise. */
export const undefinedName = "U";

/**
 * Creates a Rollup plugin that writes minified code with fewer kinds of tokens, so that it compresses better: strings as templates,
 * which stand in the code already, and `void 0` as the name of a variable without a value. It is for ECMAScript modules.
 */
export function alikeTokens() {
  return {
    name: "alike-tokens",
    renderChunk(code) {
      const changed = new MagicString(code);
      for (const { type, value, start, end } of tokensIn(this.parse(code))) {
        if (type === "Identifier") throw new Error(`minified code must have no name '${undefinedName}'`);
        changed.update(start, end, type === "Literal" ? template(value) : undefinedName);
      }
      changed.prepend(`let ${undefinedName};`);
      return { code: changed.toString(), map: changed.generateMap({ hires: true }) };
    },
  };
}

function template(text) {
  return `\`${text.replace(/[`\\]|\$(?=\{)/g, "\\$&").replaceAll("\r", "\\r")}\``;
}

/** Yields strings and `void 0` where they are expressions, and names that are taken. */
function* tokensIn(node) {
  if (Array.isArray(node)) {
    for (const each of node) yield* tokensIn(each);
    return;
  }
  if (typeof node?.type !== "string" || /^(Import|ExportAll)/.test(node.type)) return;
  // Bundlers look for the file that a URL names.
  if (node.type === "NewExpression" && node.callee.name === "URL") return;
  const isString = node.type === "Literal" && typeof node.value === "string";
  const isUndefined = node.type === "UnaryExpression" && node.operator === "void";
  if (isString || isUndefined || (node.type === "Identifier" && node.name === undefinedName)) {
    yield node;
    return;
  }
  const names = node.computed ? ["source"] : ["source", "key"];
  for (const [name, value] of Object.entries(node))
    if (typeof value === "object" && !names.includes(name)) yield* tokensIn(value);
}
