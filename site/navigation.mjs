import { posix } from "node:path";
import { areas } from "../scripts/api/areas.mjs";
import { guideOrder } from "./pages.mjs";
import { titleOf } from "./stage.mjs";

/**
 * Derives the navigation from the folders and titles of the pages.
 *
 * @param {Map<string, string>} pages - by document
 */
export function navigationOf(pages) {
  const listed = [...pages].map(([document, page]) => ({
    text: titleOf(document),
    link: `/${page.replace(/\.md$/, "")}`,
    page,
  }));
  const inFolder = (folder) =>
    listed.filter(({ page }) => page.startsWith(`${folder}/`) && page !== `${folder}/index.md`);
  const byTitle = (one, other) => one.text.localeCompare(other.text, "en");
  const items = (pages) => pages.map(({ text, link }) => ({ text, link }));
  const start = [
    { text: "Overview", link: "/overview" },
    ...items(inFolder("guide").sort((one, other) => rank(one) - rank(other) || byTitle(one, other))),
  ];
  const reference = [
    { text: "Index", link: "/api/" },
    { text: "Error codes", link: "/api/error-codes" },
    ...areas.map(({ title, folder }) => ({
      text: title,
      collapsed: true,
      items: items(inFolder(`api/${folder}`).sort(byTitle)),
    })),
  ];
  const project = [
    { text: "Packages", items: items(inFolder("packages").sort(byTitle)) },
    { text: "Reports", items: items(inFolder("reports").sort(byTitle)) },
    { text: "Project", items: items(inFolder("project").sort(byTitle)) },
    { text: "Decisions", collapsed: true, items: items(inFolder("adr")) },
  ];
  const about = project.filter(({ items: { length } }) => length > 0);
  return {
    nav: [
      { text: "Guide", link: "/overview", activeMatch: "^/(?:overview|guide/)" },
      { text: "Reference", link: "/api/", activeMatch: "^/api/" },
      { text: "Packages", link: items(inFolder("packages"))[0].link, activeMatch: "^/packages/" },
      { text: "About", link: "/project/architecture", activeMatch: "^/(?:project|reports|adr)/" },
    ],
    sidebar: {
      "/api/": [{ text: "Reference", items: reference }],
      "/packages/": about,
      "/reports/": about,
      "/project/": about,
      "/adr/": about.map((group) => ({
        ...group,
        ...(group.text === "Decisions" ? { collapsed: false } : {}),
      })),
      "/": [{ text: "Guide", items: start }],
    },
  };
}

function rank({ page }) {
  const index = guideOrder.indexOf(posix.basename(page, ".md"));
  return index < 0 ? guideOrder.length : index;
}
