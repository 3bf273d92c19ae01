// The package `isohub` in one Next application: a device on the server, and one in a client component.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toolsFolder } from "../../../../scripts/lib/tools.mjs";
import { freshId } from "../device.ts";
import { Chromium } from "../pages/chromium.ts";
import { startProgram } from "../program.ts";
import { providedHub, providedPlainHub } from "../provided-hub.ts";
import { runTool, tool, toolProject } from "./tool-project.ts";

const files = {
  "package.json": '{ "private": true }',
  "next.config.mjs": `export default { turbopack: { root: ${JSON.stringify(toolsFolder)} } };`,
  "app/layout.js": `export default ({ children }) => <html><body>{children}</body></html>;`,
  "app/page.js": `
    import { IoTHubDeviceClient, fileStorage } from "isohub";
    import { PageDevice } from "./page-device.js";
    export const dynamic = "force-dynamic";
    export default async function Page() {
      fileStorage("assignment");
      const client = IoTHubDeviceClient.createFromConnectionString(process.env.SERVER_DEVICE, {
        serverVerificationCert: process.env.CA,
      });
      await client.sendMessage("from the server");
      await client.shutdown();
      return <PageDevice connectionString={process.env.PAGE_DEVICE} />;
    }`,
  "app/page-device.js": `
    "use client";
    import { IoTHubDeviceClient } from "isohub";
    import { useEffect, useState } from "react";
    export function PageDevice({ connectionString }) {
      const [state, setState] = useState("connecting");
      useEffect(() => {
        const client = IoTHubDeviceClient.createFromConnectionString(connectionString);
        client.sendMessage("from the page").then(() => setState("sent"), (error) => setState(String(error)));
        return () => void client.shutdown();
      }, [connectionString]);
      return <p>{state}</p>;
    }`,
};

const chromium = new Chromium();

describe("isohub in Next", () => {
  it("is a device on the server and another one in a client component, built with Turbopack", async () => {
    const { hub, ca } = providedHub();
    const [serverId, pageId] = [freshId("server"), freshId("page")];
    const { connectionString: serverDevice } = await hub.createDevice(serverId);
    const { connectionString: pageDevice } = await providedPlainHub().hub.createDevice(pageId);

    const project = await toolProject(files);
    await runTool("next/dist/bin/next", ["build"], project);
    const code = await codeIn(join(project, ".next/static"));
    expect(code).toContain("The hub's HTTPS API doesn't support CORS");
    expect(code).not.toMatch(/["'`]@isohub\/node["'`]/);

    const server = startProgram(
      process.execPath,
      [tool("next/dist/bin/next"), "start", "--port", "0", "--hostname", "127.0.0.1"],
      {
        cwd: project,
        env: { SERVER_DEVICE: serverDevice, PAGE_DEVICE: pageDevice, CA: ca, NODE_OPTIONS: "" },
      },
    );
    const [, origin = ""] = await server.printed(/(http:\/\/127[\d.:]+)/);
    await server.printed(/Ready/);
    const { page } = await chromium.open(origin);
    await page.waitForFunction('document.querySelector("p")?.textContent === "sent"', undefined, {
      timeout: 0,
    });
    for (const [id, text] of [
      [serverId, "from the server"],
      [pageId, "from the page"],
    ] as const) {
      const [message] = await hub.telemetry(id);
      expect(new TextDecoder().decode(message?.body)).toBe(text);
    }
  });
});

async function codeIn(folder: string): Promise<string> {
  const scripts = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith(".js"));
  return (await Promise.all(scripts.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
}
