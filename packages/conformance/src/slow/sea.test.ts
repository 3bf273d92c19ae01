// A device in a single executable application of Node.
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, it } from "vitest";
import { deviceApp, expectDeviceProgram, variants } from "../bundlers/device-app.ts";
import { fileFolder } from "../files.ts";
import { runProgram } from "../program.ts";
import { runTool, toolProject } from "./tool-project.ts";

const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

describe("Server bundlers: Node, single executable application", () => {
  const folder = fileFolder();
  let executable: Promise<string> | undefined;

  async function create(): Promise<string> {
    const project = await toolProject({ "app.mjs": deviceApp });
    const main = join(folder, "app.js");
    await build({ entryPoints: [join(project, "app.mjs")], bundle: true, platform: "node", outfile: main });
    const config = await toolProject({
      "sea.json": JSON.stringify({
        main,
        output: join(folder, "app.blob"),
        disableExperimentalSEAWarning: true,
      }),
    });
    const { code, output } = await runProgram(process.execPath, ["--experimental-sea-config", "sea.json"], {
      cwd: config,
    });
    if (code !== 0) throw new Error(output);
    const program = join(folder, "app");
    await copyFile(process.execPath, program);
    await chmod(program, 0o755);
    const inject = [program, "NODE_SEA_BLOB", join(folder, "app.blob"), "--sentinel-fuse", fuse];
    await runTool("postject/dist/cli.js", inject, folder);
    return program;
  }

  it.each(variants)("$transport, $engine engine", async (variant) => {
    executable ??= create();
    await expectDeviceProgram([await executable], variant);
  });
});
