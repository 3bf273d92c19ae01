import { existsSync } from "node:fs";
import { join } from "node:path";
import { listDocuments } from "../scripts/lib/documents/documents.mjs";
import { root } from "../scripts/lib/run.mjs";

/** Guides in reading order. Others follow, by their names. A name without a guide is skipped. */
export const guideOrder = [
  "first-device",
  "console",
  "from-the-local-hub-to-azure",
  "telemetry",
  "cloud-to-device-messages",
  "methods",
  "twins",
  "uploads",
  "services",
  "modules-and-edge",
  "tls-and-certificates",
  "proxies",
  "provisioning",
  "browser-security",
  "many-devices",
  "simulating",
  "frameworks",
  "offline",
  "shutting-down",
  "logging",
  "errors",
  "testing",
  "verifying",
  "containers",
  "troubleshooting",
];

/** Documents whose pages aren't at the same place, by their names in the repository. */
const moved = {
  "site/home.md": "index.md",
  "README.md": "overview.md",
  "MIGRATING.md": "guide/migrating.md",
  "docs/browser-security.md": "guide/browser-security.md",
  "bench/README.md": "reports/benchmark.md",
};

/** The places of the pages of a folder. The first that matches counts. @type {[RegExp, string][]} */
const rules = [
  [/^docs\/(api|adr|guide)\/README\.md$/, "$1/index.md"],
  [/^docs\/((?:api|adr|guide)\/.+\.md)$/, "$1"],
  [/^docs\/(?:reports\/)?([\w-]+\.md)$/, "reports/$1"],
  [/^(?:packages|examples)\/([\w-]+)\/README\.md$/, "packages/$1.md"],
  [/^([A-Z_]+)\.md$/, "project/$1.md"],
];

/** Lists the pages of the site, by the documents that they are made from. @returns {Map<string, string>} */
export function pagesOfDocuments() {
  const pages = new Map();
  for (const document of listDocuments()) {
    const page = moved[document] ?? pageByRule(document);
    // A guide takes the place of an older document of its name.
    if (page !== undefined && ![...pages.values()].includes(page)) pages.set(document, page);
  }
  return pages;
}

function pageByRule(document) {
  const rule = rules.find(([pattern]) => pattern.test(document));
  if (rule === undefined) return undefined;
  const page = document.replace(...rule);
  return page.startsWith("project/") ? page.toLowerCase().replaceAll("_", "-") : page;
}

/** Whether a path of the repository exists. @param {string} path */
export const isInRepository = (path) => !path.startsWith("..") && existsSync(join(root, path));
