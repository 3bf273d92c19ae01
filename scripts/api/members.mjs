import { ReflectionKind } from "typedoc";

/** Members that aren't for applications, or that every error of the language has. */
const hidden = new Set([
  "[hasInstance]",
  "[toStringTag]",
  "captureStackTrace",
  "cause",
  "isError",
  "prepareStackTrace",
  "prototype",
  "stack",
  "stackTraceLimit",
]);

const takesNothing = ({ signatures }) => (signatures?.[0]?.parameters ?? []).length === 0;

/** Returns the comment of a page. A runtime's client inherits from core's, whose comment is longer. */
export function commentOf({ declaration, variants }) {
  const core = [...variants].find(([entry]) => entry.startsWith("@isohub/core"))?.[1];
  return (core ?? declaration).comment ?? declaration.signatures?.[0]?.comment ?? declaration.comment;
}

/** Returns the members that a page documents, sorted: what isn't for applications isn't among them. */
export function membersOf(declaration) {
  const children = declaration.children ?? declaration.type?.declaration?.children ?? [];
  return children
    .filter(({ name }) => !hidden.has(name))
    .filter((member) => !(member.kind === ReflectionKind.Constructor && takesNothing(member)))
    .sort((one, other) => rank(one) - rank(other) || compare(one.name, other.name));
}

/** Returns the place of the section that a member belongs to. */
export function rank({ kind, flags }) {
  if (kind === ReflectionKind.Constructor) return 0;
  if (flags.isStatic) return 1;
  return kind === ReflectionKind.Method ? 3 : 2;
}

const compare = (one, other) => {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : one < other ? -1 : 1;
};
