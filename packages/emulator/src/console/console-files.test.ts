import { describe, expect, it } from "vitest";
import { serveConsole } from "./console-files.ts";

const ask = (path: string, method = "GET") =>
  serveConsole(new Request(`http://127.0.0.1${path}`, { method }));

describe("serveConsole", () => {
  it("answers only requests for the page and its files", () => {
    for (const path of [
      "/devices",
      "/control",
      "/console/",
      "/console/../index.html",
      "/console/a/b.js",
      "/console/x.map",
    ]) {
      expect(ask(path), path).toBeUndefined();
    }
    expect(ask("/", "POST")).toBeUndefined();
  });

  it("sends no file from elsewhere", async () => {
    expect((await ask("/console/nothing-here.js"))?.status).toBe(404);
    expect(ask("/console/%2e%2e%2findex.html")).toBeUndefined();
  });
});
