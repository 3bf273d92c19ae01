// A device in the server part of a Next application: its production build, moved away from node_modules.
import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { toolsFolder } from "../../../../scripts/lib/tools.mjs";
import { testFolder } from "../files.ts";
import { startProgram } from "../program.ts";
import { deviceBody, expectHandledDevice } from "./handled-device.ts";
import { runTool, toolProject } from "./tool-project.ts";

const files = {
  "package.json": '{ "private": true }',
  "next.config.mjs": `const root = ${JSON.stringify(toolsFolder)};
    export default { output: "standalone", outputFileTracingRoot: root, turbopack: { root } };`,
  "app/layout.js": `export default ({ children }) => <html><body>{children}</body></html>;`,
  "app/page.js": `export default () => <p>device</p>;`,
  "app/device/route.js": `
    import { IoTHubDeviceClient } from "@isohub/node";
    const run = async (connectionString, options) => {${deviceBody}};
    export async function POST(request) {
      const { connectionString, options } = await request.json();
      return new Response(await run(connectionString, options).catch((error) => String(error.stack)));
    }`,
};

describe("Server frameworks: Next", () => {
  it("production build with Turbopack, WebSockets", async () => {
    const project = await toolProject(files);
    await runTool("next/dist/bin/next", ["build"], project);
    const away = testFolder();
    await cp(join(project, ".next/standalone"), away, { recursive: true });
    const server = startProgram(process.execPath, [join(away, basename(project), "server.js")], {
      cwd: away,
      env: { PORT: "0", HOSTNAME: "127.0.0.1", NODE_OPTIONS: "" },
    });
    const [, origin] = await server.printed(/(http:\/\/[\d.:a-z]+)/);
    await server.printed(/Ready/);
    await expectHandledDevice(async (connectionString, options) => {
      const body = JSON.stringify({ connectionString, options });
      const response = await fetch(`${origin}/device`, { method: "POST", body });
      return response.text();
    });
    expect(server.output).not.toContain("Error");
  });
});
