import { describe, expect, it } from "vitest";
import { peerText } from "./peer-text.ts";

describe("peerText", () => {
  it("leaves ordinary text as it is", () => {
    for (const text of ["", "The device isn't registered.", "grüß dich 😀", "x".repeat(300)])
      expect(peerText(text)).toBe(text);
  });

  it("replaces characters that could forge or reorder lines", () => {
    expect(peerText("a\r\nb\u001b[31mc\u0000d\u2028e\u202ef\u0085g\u007f")).toBe("a b [31mc d e f g ");
  });

  it("cuts long text", () => {
    expect(peerText("x".repeat(1_000_000))).toBe(`${"x".repeat(300)}…`);
  });
});
