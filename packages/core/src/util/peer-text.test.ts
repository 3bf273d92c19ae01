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

  it("leaves out the signature of a token that the peer repeats", () => {
    expect(peerText("wrong: SharedAccessSignature sr=h&sig=SeCrEt%3D&se=1 at 5")).toBe(
      "wrong: SharedAccessSignature sr=h&  at 5",
    );
  });

  it("cuts long text", () => {
    expect(peerText("x".repeat(1_000_000))).toBe(`${"x".repeat(300)}…`);
  });
});
