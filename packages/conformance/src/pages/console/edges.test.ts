// The console where it is opened in other ways, and with what it doesn't expect.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startEmulator } from "@isohub/emulator";
import { describe, expect, it, onTestFinished } from "vitest";
import { startHubProcess } from "../../hub-process.ts";
import { button, fits, freshContext, openConsole, sizes, startDevices, tab } from "./console-page.ts";

const controlToken = "0123456789abcdef-token";

describe("opening the console", () => {
  it("is done by --open, with the system's command and the control token", async () => {
    const folder = await mkdtemp(join(tmpdir(), "isohub-open-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const opened = join(folder, "address");
    const script = `#!/bin/sh\nprintf %s "$1" > "${opened}.part"\nmv "${opened}.part" "${opened}"\n`;
    // The command of Linux, and that of macOS.
    for (const name of ["xdg-open", "open"]) {
      await writeFile(join(folder, name), script);
      await chmod(join(folder, name), 0o755);
    }
    await startHubProcess(["--port", "0", "--plain-port", "0", "--control-token", controlToken, "--open"], {
      env: { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` },
    });
    await expect.poll(() => readFile(opened, "utf8").catch(() => "")).toMatch(/^http:\/\//);
    const page = await (await freshContext()).newPage();
    await page.goto(await readFile(opened, "utf8"));
    await button(page, "Start a thermostat").click();
    await page.getByText("1 of 1").waitFor();
    // The address is in the history of the browser, and may be shared.
    await expect.poll(() => page.url()).not.toContain(controlToken);
  });

  it("shows that the hub is looked for, and asks for a control token that is missing or wrong", async () => {
    const emulator = await startEmulator({ controlToken });
    onTestFinished(() => emulator.close());
    const page = await (await freshContext()).newPage();
    let answer = (): void => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route("**/control", async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(new URL("/", emulator.endpoints.controlUrl).href);
    await page.getByText("Looking for the hub").waitFor();
    await expect.poll(() => button(page, "Start a thermostat").isDisabled()).toBe(true);
    answer();
    await page.getByText("This hub can be reached from other machines").waitFor();
    const field = page.getByLabel("Control token");
    await field.fill("wrong");
    await button(page, "Unlock").click();
    await page.getByText("Control token required").waitFor();
    await field.fill(controlToken);
    await button(page, "Unlock").click();
    await button(page, "Start a thermostat").click();
    await page.getByText("1 of 1").waitFor();
  });

  it("remembers the theme", async () => {
    const { page } = await openConsole();
    const theme = () => page.evaluate("document.documentElement.dataset.theme");
    await expect.poll(theme).toBe("system");
    await button(page, "Theme: system").click();
    await button(page, "Theme: light").click();
    await button(page, "Theme: dark").waitFor();
    await page.reload();
    await expect.poll(theme).toBe("dark");
    await expect.poll(() => page.evaluate("getComputedStyle(document.body).colorScheme")).toBe("dark");
  });
});

describe.each(sizes)("a device id in the console, $width pixels wide", (size) => {
  it("may have every character that MQTT topics allow", async () => {
    const { page, hub, printed } = await openConsole(size);
    const prefix = `it's%3Cb%3E.100%_*?!(a),:=@$-${"x".repeat(60)}`;
    await button(page, "Add devices…").click();
    await page.getByLabel("Prefix of the ids").fill(prefix);
    await page.getByLabel("Devices", { exact: true }).last().fill("1");
    await button(page, "Add 1 device").click();
    await page.getByText("1 of 1").waitFor();
    const deviceId = `${prefix}-1`;
    await hub.waitForTelemetry({ deviceId }, { timeoutMs: 90_000 });
    await tab(page, "Cloud").click();
    await button(page, "Call method").click();
    await page.getByText("Answered with 200").waitFor();
    for (const name of ["Devices", "Hub", "Faults", "Wire"]) {
      await tab(page, name).click();
      await page.getByText(deviceId).filter({ visible: true }).first().waitFor();
      await fits(page, name);
    }
    expect(printed).toEqual([]);
  });

  it("is shown as text if it is markup, with the reason why it is refused", async () => {
    const { page } = await openConsole(size);
    await startDevices(page, 1);
    const markup = "<img src=x onerror=\"document.title='hacked'\">";
    await button(page, "Add devices…").click();
    await page.getByLabel("Prefix of the ids").fill(markup);
    await page.getByLabel("Devices", { exact: true }).last().fill("1");
    await button(page, "Add 1 device").click();
    const details = page.getByRole("region", { name: `Device ${markup}-1` });
    await details.getByRole("heading", { name: `${markup}-1` }).waitFor();
    await details.getByRole("alert").filter({ hasText: "deviceId must be" }).waitFor();
    await tab(page, "Faults").click();
    await page.getByText(`${markup}-1`).first().waitFor();
    await fits(page, "Faults");
    await page.getByText("1 of 2").waitFor();
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("isohub console");
  });
});
