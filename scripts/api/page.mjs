import { ReflectionKind } from "typedoc";
import { anchorOf } from "./catalog.mjs";
import { declarationOf, displayName, memberOf } from "./declarations.mjs";
import { differencesOf } from "./differences.mjs";
import { commentOf, membersOf, rank } from "./members.mjs";

const kinds = {
  [ReflectionKind.Class]: "Class",
  [ReflectionKind.Interface]: "Interface",
  [ReflectionKind.TypeAlias]: "Type",
  [ReflectionKind.Function]: "Function",
  [ReflectionKind.Variable]: "Constant",
};

const withCodes = new Set(["ErrorCodes", "ErrorCode", "HubErrorName", "IsoHubError", "ProblemCode"]);

/** @param {import("./catalog.mjs").Page} page @param {import("./links.mjs").Links} links */
export function renderPage(page, links) {
  const { name, declaration, entries, isType } = page;
  const keyword = isType ? "import type" : "import";
  const others = entries.slice(1).map((each) => `\`${each}\``);
  const parts = [
    `# ${name}`,
    `${kinds[declaration.kind]} · [${page.area.title}](../README.md#${anchorOf(page)})`,
    ...renderComment(commentOf(page), links, page),
    fence(`${keyword} { ${name} } from "${entries[0]}";\n\n${declarationOf(declaration)}`),
    ...(others.length > 0 ? [`Also exported by ${others.join(", ")}.`] : []),
    ...(withCodes.has(name)
      ? ["See [Error codes](../error-codes.md) for the cause and the remedy of each."]
      : []),
  ];
  const call = declaration.signatures?.[0];
  if (call !== undefined) parts.push(...renderCall(call, links, page));
  parts.push(...renderTail(commentOf(page), links, page));
  parts.push(...differencesOf(page, links));
  parts.push(
    ...renderMembers(
      membersOf(declaration),
      links,
      page,
      declaration.kind === ReflectionKind.Class ? name : undefined,
    ),
  );
  return `${parts.join("\n\n")}\n`;
}

const sections = ["Constructor", "Static methods", "Properties", "Methods"];

function renderMembers(members, links, page, owner) {
  const parts = [];
  let last;
  for (const member of members) {
    const section = sections[rank(member)];
    if (section !== last) parts.push(`## ${section}`);
    last = section;
    const title = member.kind === ReflectionKind.Constructor ? `new ${owner}()` : displayName(member);
    parts.push(`### ${title}`, fence(memberOf(member, owner).join("\n")));
    const [signature] = member.signatures ?? [];
    const comment = member.getSignature?.comment ?? signature?.comment ?? member.comment;
    parts.push(...renderComment(comment, links, page));
    const own = signature ?? functionOf(member);
    if (own !== undefined) parts.push(...renderCall(own, links, page));
    else parts.push(...renderLinks([member.getSignature?.type ?? member.type], links, page));
    parts.push(...renderInner(member, links, page), ...renderTail(comment, links, page));
  }
  return parts;
}

const functionOf = ({ type }) => type?.declaration?.signatures?.[0];

/** The fields of an object type that is written out in place. */
function renderInner(member, links, page) {
  const fields = member.type?.declaration?.children ?? [];
  const lines = fields.map((field) => {
    const comment =
      field.comment === undefined ? "" : `: ${oneLine(links.prose(field.comment.summary, page))}`;
    return `- ${links.code(memberOf(field).join(" "), page)}${comment}`;
  });
  return lines.length === 0 || lines.length > 12 ? [] : [lines.join("\n")];
}

function renderComment(comment, links, page) {
  if (comment === undefined) return [];
  const parts = [links.prose(comment.summary, page)];
  for (const { content } of comment.getTags("@remarks")) parts.push(links.prose(content, page));
  for (const { content } of comment.getTags("@example")) parts.push(exampleOf(content));
  for (const { content } of comment.getTags("@see")) parts.push(`See ${links.prose(content, page)}.`);
  return parts.filter((part) => part !== "");
}

/** Renders the part below the parameters: the result, the errors, and the source. */
function renderTail(comment, links, page) {
  if (comment === undefined) return [];
  const parts = [];
  const [returns] = comment.getTags("@returns");
  if (returns !== undefined) parts.push(`**Returns** ${links.prose(returns.content, page)}`);
  const throwing = comment.getTags("@throws").map((tag) => {
    const error = tag.typeAnnotation?.replace(/[{}]/g, "");
    const condition = oneLine(links.prose(tag.content, page));
    return `- ${[...(error === undefined ? [] : [links.code(error, page)]), condition].filter((each) => each !== "").join(": ")}`;
  });
  if (throwing.length > 0) parts.push(`**Errors**\n\n${throwing.join("\n")}`);
  const [source] = comment.getTags("@source");
  if (source !== undefined) parts.push(`**Source:** ${links.prose(source.content, page)}`);
  return parts;
}

const oneLine = (text) => text.replace(/\s*\n\s*/g, " ");

function exampleOf(content) {
  const text = content
    .map((part) => part.text)
    .join("")
    .trim();
  return text.startsWith("```") ? text : fence(text);
}

function renderCall(signature, links, page) {
  const described = (signature.parameters ?? []).filter(({ comment }) => comment !== undefined);
  const lines = described.map(
    ({ name, comment }) => `- \`${name}\`: ${oneLine(links.prose(comment.summary, page))}`,
  );
  const parts = lines.length === 0 ? [] : [`**Parameters**\n\n${lines.join("\n")}`];
  const types = [...(signature.parameters ?? []).map(({ type }) => type), signature.type];
  return [...parts, ...renderLinks(types, links, page)];
}

/** Links to the types that the code above mentions. */
function renderLinks(types, links, page) {
  const found = new Map();
  for (const type of types) {
    for (const [link, name] of links.code(String(type), page).matchAll(/\[`(\w+)`\]\([^)]*\)/g))
      found.set(name, link);
  }
  return found.size === 0 ? [] : [`**Types:** ${[...found.values()].join(", ")}`];
}

const fence = (code) => `\`\`\`ts\n${code}\n\`\`\``;
