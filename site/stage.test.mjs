import { describe, expect, it } from "vitest";
import { pagesOfDocuments } from "./pages.mjs";
import { convert } from "./stage.mjs";

const pages = pagesOfDocuments();

describe("pages of the site", () => {
  it("have the documents of the repository at their places", () => {
    expect(pages.get("README.md")).toBe("overview.md");
    expect(pages.get("docs/api/README.md")).toBe("api/index.md");
    expect(pages.get("docs/guide/frameworks.md")).toBe("guide/frameworks.md");
    expect(pages.get("packages/emulator/README.md")).toBe("packages/emulator.md");
    expect(pages.get("CODE_OF_CONDUCT.md")).toBe("project/code-of-conduct.md");
    expect(new Set(pages.values()).size).toBe(pages.size);
  });

  it("have no link to a document outside code", () => {
    for (const [document, page] of pages) {
      const text = convert(document, page, pages)
        .replace(/^(`{3,})[\s\S]*?^\1/gm, "")
        .replace(/`[^`\n]*`/g, "");
      expect(text, document).not.toMatch(/\]\([^)]*(?:README|CONTRIBUTING|ARCHITECTURE)\.md/);
      expect(text, document).not.toMatch(
        /\]\((?:\.\.\/)*(?:packages|examples|scripts)\/[^)]*\.(?:ts|mjs|js)\)/,
      );
    }
  });
});
