import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { runCli } from "./run.ts";

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCli(args, { print: (line) => out.push(line), printError: (line) => err.push(line) });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

describe("isohub", () => {
  it.each(["--help", "-h"])("lists its commands for %s", async (option) => {
    const { code, out } = await run(option);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}emulator {2}start a local hub$/m);
  });

  it.each(["--version", "-v"])("prints its version for %s", async (option) => {
    const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    expect(await run(option)).toEqual({ code: 0, out: manifest.version, err: "" });
  });

  it.each([
    [[], "isohub: A command is missing."],
    [["emulate"], "isohub: 'emulate' isn't a command."],
    [["toString"], "isohub: 'toString' isn't a command."],
    [["--port", "1"], "isohub: '--port' isn't a command."],
  ])("rejects %j with its usage", async (args, message) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toContain("Usage: isohub <command> [options]");
  });

  it("passes arguments on to the emulator's command", async () => {
    const { code } = await run("emulator", "--nope");
    expect(code).toBe(2);
  });
});
