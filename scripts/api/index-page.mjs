import { areas } from "./areas.mjs";
import { anchorOf } from "./catalog.mjs";
import { commentOf } from "./members.mjs";

/** Renders the index: a sentence for each export, in groups. @param {import("./catalog.mjs").Page[]} pages */
export function renderIndex(pages, links) {
  const self = { file: "README.md", area: areas[0] };
  const parts = [
    "# API reference",
    "Every export of the packages, each on its own page. [Error codes](error-codes.md) lists every code with its cause and remedy.",
    areas.map((area) => `- [${area.title}](#${area.folder}): ${area.about}`).join("\n"),
  ];
  for (const area of areas) {
    parts.push(`<a id="${area.folder}"></a>`, `## ${area.title}`);
    parts.push(
      `${area.about}\n\nEntries: ${area.entries
        .concat(area.alsoFrom ?? [])
        .map((entry) => `\`${entry}\``)
        .join(", ")}.`,
    );
    for (const [group] of area.groups) {
      const listed = pages
        .filter((page) => page.area === area && page.group === group)
        .sort((one, other) => Number(one.isType) - Number(other.isType) || (one.name < other.name ? -1 : 1));
      if (listed.length === 0) continue;
      parts.push(`<a id="${anchorOf({ area, group })}"></a>`);
      if (area.groups.length > 1) parts.push(`### ${group}`);
      parts.push(
        listed
          .map((page) => `- [\`${page.name}\`](${page.file}): ${sentenceOf(page, links, { ...self, area })}`)
          .join("\n"),
      );
    }
  }
  return `${parts.join("\n\n")}\n`;
}

function sentenceOf(page, links, from) {
  const text = links.prose(commentOf(page)?.summary ?? [], from).replace(/\s+/g, " ");
  const [sentence] = /^.*?[.:](?= [A-Z`]|$)/.exec(text) ?? [text];
  return sentence.replace(/:$/, ".");
}
