import { ReflectionKind } from "typedoc";

const widest = 96;

/** Returns a declaration as TypeScript, without its members. @param {import("typedoc").DeclarationReflection} declaration */
export function declarationOf(declaration) {
  const { kind, name, type } = declaration;
  const generics = genericsOf(declaration.typeParameters);
  if (kind === ReflectionKind.Function) {
    return declaration.signatures.map((signature) => `function ${signatureOf(name, signature)}`).join("\n");
  }
  if (kind === ReflectionKind.TypeAlias) return wrapUnion(`type ${name}${generics} = `, type);
  if (kind === ReflectionKind.Variable) return `const ${name}: ${type}`;
  const bases = declaration.extendedTypes
    ?.map(String)
    .filter((base) => base !== `${name}${namesOf(declaration)}`);
  const clause = bases === undefined || bases.length === 0 ? "" : ` extends ${bases.join(", ")}`;
  return `${kind === ReflectionKind.Class ? "class" : "interface"} ${name}${generics}${clause}`;
}

/** Returns a member as TypeScript: one line for each overload. */
export function memberOf(member, owner) {
  const prefix = `${member.flags.isStatic ? "static " : ""}${isReadonly(member, owner) ? "readonly " : ""}`;
  const name = displayName(member);
  const optional = member.flags.isOptional ? "?" : "";
  if (member.signatures !== undefined) {
    return member.signatures.map((each) => {
      if (member.kind === ReflectionKind.Constructor)
        return signatureOf(`new ${owner}`, each, { result: false });
      return `${prefix}${signatureOf(name + optional, each)}`;
    });
  }
  const type = member.getSignature?.type ?? member.setSignature?.parameters?.[0]?.type ?? member.type;
  const call = type?.declaration?.signatures?.[0];
  // A property that is a function reads like a method.
  if (call !== undefined && type.declaration.children === undefined)
    return [signatureOf(`${prefix}${name}${optional}: `, call, { arrow: true })];
  return [`${prefix}${name}${optional}: ${type}`];
}

/** Returns the name of a member as code: `[Symbol.asyncDispose]` for a symbol. */
export function displayName({ name }) {
  return name.replace(/^\[/, "[Symbol.");
}

function isReadonly(member, owner) {
  if (member.kind === ReflectionKind.Accessor) return member.setSignature === undefined;
  return member.flags.isReadonly && owner !== undefined;
}

function signatureOf(name, { parameters = [], type, typeParameters }, { arrow = false, result = true } = {}) {
  const generics = genericsOf(typeParameters);
  const list = parameters.map(parameterOf);
  const tail = result ? `${arrow ? " => " : ": "}${type}` : "";
  const line = `${name}${generics}(${list.join(", ")})${tail}`;
  if (line.length <= widest) return line;
  return `${name}${generics}(\n${list.map((each) => `  ${each},`).join("\n")}\n)${tail}`;
}

function parameterOf({ name, type, flags, defaultValue }) {
  const isOptional = flags.isOptional || (defaultValue !== undefined && !flags.isRest);
  return `${flags.isRest ? "..." : ""}${name === "__namedParameters" ? "options" : name}${isOptional ? "?" : ""}: ${type}`;
}

function genericsOf(typeParameters = []) {
  if (typeParameters.length === 0) return "";
  const list = typeParameters.map(({ name, type, default: fallback }) => {
    const bound = type === undefined ? "" : ` extends ${type}`;
    return `${name}${bound}${fallback === undefined ? "" : ` = ${fallback}`}`;
  });
  return `<${list.join(", ")}>`;
}

function namesOf({ typeParameters = [] }) {
  return typeParameters.length === 0 ? "" : `<${typeParameters.map(({ name }) => name).join(", ")}>`;
}

function wrapUnion(start, type) {
  const line = `${start}${type}`;
  if (line.length <= widest || type.types === undefined) return line;
  const operator = type.type === "union" ? "|" : "&";
  return `${start.trimEnd()}\n${type.types.map((each) => `  ${operator} ${each}`).join("\n")}`;
}
