import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../lib/run.mjs";

const packages = ["core", "node", "browser", "deno"];

/** Classes with one code. */
const fixedCodes = {
  NoConnectionError: "not_connected",
  OperationTimeoutError: "operation_timeout",
  OperationCancelledError: "operation_cancelled",
  UnsupportedFeatureError: "unsupported_feature",
  ServiceError: "service_error",
};

/** Functions of the sources that may return messages or remediations, by name. */
const functions = new Map();

/**
 * Finds where the sources create errors.
 *
 * @param {ReadonlySet<string>} codes
 * @returns {(code: string, classes: string[]) => { messages: string[], remedies: string[], retryable: string }}
 */
export function readThrowSites(codes) {
  const defaults = readDefaults();
  const sources = packages.flatMap((name) => sourcesOf(`packages/${name}/src`)).map(parse);
  for (const statement of sources.flatMap(({ statements }) => [...statements]))
    if (ts.isFunctionDeclaration(statement) && statement.name) functions.set(statement.name.text, statement);
  const sites = sources.flatMap((source) => sitesOf(source, codes));
  return (code, classes) => {
    const found = sites.filter((site) => site.codes.includes(code));
    const unique = (values) => [...new Set(values.filter((value) => value !== undefined))].sort();
    return {
      messages: unique(found.map(({ message }) => message)),
      remedies: unique(found.map(({ remedy }) => remedy)),
      retryable: retryableOf(code, found, classes, defaults),
    };
  };
}

/** The default of `retryable` of each class, as its constructor writes it. */
function readDefaults() {
  const code = readFileSync(`${root}packages/core/src/errors.ts`, "utf8");
  const classes = code.split(/^export class /m).slice(1);
  return Object.fromEntries(
    classes.map((text) => [
      /^\w+/.exec(text)[0],
      /super\([\s\S]*?retryable: ([^,}]+)/.exec(text)?.[1].trim() ?? "false",
    ]),
  );
}

function retryableOf(code, sites, classes, defaults) {
  const known = sites.filter(({ isHelper }) => !isHelper);
  // Created by a helper, or from a table: as its class decides.
  const relevant = known.length > 0 ? known : classes.map((className) => ({ className }));
  const answers = new Set(
    relevant.map(({ className, retryable }) => {
      const value = retryable ?? defaults[className] ?? "false";
      if (value === "true" || value === "false") return value;
      if (value === `code === "${code}"`) return "true";
      if (/^code === /.test(value)) return "false";
      return /statusCode|status\b/.test(value) ? "429 and 5xx" : "depends";
    }),
  );
  if (answers.has("429 and 5xx")) return "After 429 and 5xx";
  if (answers.size > 1 || answers.has("depends")) return "Sometimes";
  return answers.has("true") ? "Yes" : "No";
}

function sourcesOf(folder) {
  return readdirSync(join(root, folder), { recursive: true })
    .map((file) => join(root, folder, String(file)))
    .filter((file) => file.endsWith(".ts") && !/\.test\.ts$|[\\/]testing[\\/]/.test(file))
    .sort();
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

function sitesOf(source, codes) {
  const sites = [];
  const visit = (node) => {
    if (ts.isNewExpression(node)) sites.push(...errorOf(node, codes));
    else if (ts.isCallExpression(node)) sites.push(...callOf(node, codes));
    else if (ts.isArrayLiteralExpression(node)) sites.push(...rowOf(node, codes));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return sites;
}

/** `new SomeError(code, message, details)` */
function errorOf(node, codes) {
  const className = ts.isPropertyAccessExpression(node.expression)
    ? node.expression.name.text
    : node.expression.getText();
  if (!className.endsWith("Error")) return [];
  const args = [...(node.arguments ?? [])];
  const details = args.find(ts.isObjectLiteralExpression);
  const named = codesIn(args[0], codes);
  const own = codesIn(propertyOf(details, "code"), codes);
  const fixed = fixedCodes[className];
  const found = own.length > 0 ? own : named.length > 0 ? named : fixed === undefined ? [] : [fixed];
  if (found.length === 0) return [];
  const site = { className, codes: found, retryable: propertyOf(details, "retryable")?.getText() };
  return sitesWith(site, named.length > 0 ? args[1] : args[0], propertyOf(details, "remediation"));
}

/** `mustBe(name, value, rule, code)`, and helpers that take a code and a message. */
function callOf(node, codes) {
  const args = [...node.arguments];
  if (node.expression.getText().replace(/^core\./, "") === "mustBe") {
    const [name, , rule, code] = args;
    const own = code === undefined ? ["invalid_argument"] : codesIn(code, codes);
    const message = `${textsOf(name)[0] ?? "…"} must be ${textsOf(rule)[0] ?? "…"}, got …`;
    return [{ className: "ArgumentError", codes: own, message }];
  }
  const at = args.findIndex((arg) => codesIn(arg, codes).length > 0);
  const others = args.filter((_arg, index) => index !== at);
  if (at < 0 || others.length === 0) return [];
  const message = others.find((arg) => textsOf(arg).some((text) => text.includes(" ")));
  return message === undefined
    ? []
    : sitesWith({ codes: codesIn(args[at], codes), isHelper: true }, message, undefined);
}

/** `[code, message, remediation]`, in a table of explanations. */
function rowOf({ elements: [code, message, remediation] }, codes) {
  const found = code !== undefined && ts.isStringLiteralLike(code) ? codesIn(code, codes) : [];
  if (found.length === 0 || !textsOf(message).some((text) => text.includes(" "))) return [];
  return sitesWith({ codes: found, isHelper: true }, message, remediation);
}

/** One site for each form of the message. */
function sitesWith(site, message, remediation) {
  const remedies = textsOf(remediation);
  const messages = textsOf(message);
  const count = Math.max(1, messages.length, remedies.length);
  return Array.from({ length: count }, (_each, index) => ({
    ...site,
    message: messages[index],
    remedy: remedies[index],
  }));
}

function propertyOf(object, name) {
  const property = object?.properties.find(
    (each) =>
      (ts.isPropertyAssignment(each) || ts.isShorthandPropertyAssignment(each)) &&
      each.name.getText() === name,
  );
  return property === undefined || ts.isPropertyAssignment(property) ? property?.initializer : property.name;
}

function codesIn(node, codes) {
  return textsOf(node).filter((each) => codes.has(each));
}

/**
 * The strings that an expression can be, with `…` for values in them; a local constant is its initializer, and a call of a function
 * whatever that returns.
 */
function textsOf(node) {
  if (node === undefined) return [];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [...textsOf(node.left), ...textsOf(node.right)];
  if (ts.isCallExpression(node)) return textsOfCall(node.expression.getText());
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isConditionalExpression(node)) return [...textsOf(node.whenTrue), ...textsOf(node.whenFalse)];
  if (ts.isIdentifier(node)) return textsOf(localNamed(node));
  if (!ts.isTemplateExpression(node)) return [];
  const text =
    node.head.text +
    node.templateSpans
      .map(({ literal }) => `…${literal.text}`)
      .join("")
      .replace(/…+/g, "…");
  return /\w{3}/.test(text) ? [text] : [];
}

/** The strings that a call of a function can be. A recursive call adds none. */
function textsOfCall(name) {
  const declaration = functions.get(name);
  functions.delete(name);
  const texts = returnedTexts(declaration?.body);
  if (declaration !== undefined) functions.set(name, declaration);
  return texts;
}

/** The strings that a part of a function returns. */
function returnedTexts(node) {
  if (node === undefined || ts.isFunctionLike(node)) return [];
  if (ts.isReturnStatement(node)) return textsOf(node.expression);
  const texts = [];
  ts.forEachChild(node, (child) => void texts.push(...returnedTexts(child)));
  return texts;
}

/** Finds the initializer of a constant, or the default of a parameter, in the functions around an expression. */
function localNamed(identifier) {
  for (let scope = identifier.parent; scope !== undefined; scope = scope.parent) {
    const parameter = scope.parameters?.find((each) => each.name?.getText() === identifier.text);
    if (parameter !== undefined) return parameter.initializer;
    if (!ts.isBlock(scope) && !ts.isSourceFile(scope)) continue;
    for (const statement of scope.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const found = statement.declarationList.declarations.find(
        (each) => each.name.getText() === identifier.text,
      );
      if (found !== undefined) return found.initializer;
    }
  }
  return undefined;
}
