import { slugOf } from "../../scripts/lib/slug.mjs";
import { navigationOf } from "../navigation.mjs";
import { pagesOfDocuments } from "../pages.mjs";

/** VitePress reads its configuration from the default export. */
export default {
  title: "isohub",
  description: "Connect devices to Azure IoT Hub from Node, web pages, Deno and Bun, with a local hub.",
  lang: "en",
  srcDir: "pages",
  outDir: "dist",
  cacheDir: ".cache",
  base: process.env.SITE_BASE ?? "/",
  cleanUrls: false,
  metaChunk: true,
  // Requests nothing from other hosts, and needs no script for the choice of colors but its own.
  head: [["meta", { name: "color-scheme", content: "light dark" }]],
  markdown: {
    anchor: { slugify: slugOf },
    theme: { light: "github-light", dark: "github-dark" },
    languageAlias: { console: "shellsession" },
  },
  vite: { build: { chunkSizeWarningLimit: 4000 }, logLevel: "warn" },
  themeConfig: {
    ...navigationOf(pagesOfDocuments()),
    outline: { level: [2, 3] },
    search: { provider: "local", options: { detailedView: true } },
    docFooter: { prev: false, next: false },
  },
};
