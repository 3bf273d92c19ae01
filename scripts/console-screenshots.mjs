// npm run screenshots: the pictures of the console in docs/images, light and dark, wide and narrow.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright";
import { chromiumFlags, findChromium } from "./lib/chromium.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await prepare();
const { startEmulator } = await import(pathToFileURL(join(root, "packages/emulator/dist/index.js")).href);
const sizes = { 1280: { width: 1280, height: 860 }, 400: { width: 400, height: 860 } };
const wanted = {
  devices: ["light-1280", "dark-1280", "light-400"],
  hub: ["light-1280"],
  faults: ["dark-1280", "light-400"],
  wire: ["light-1280"],
  scenarios: ["dark-1280"],
};

const emulator = await startEmulator();
const browser = await chromium.launch({ executablePath: findChromium() ?? "chromium", args: chromiumFlags });
try {
  const page = await browser.newPage({ viewport: sizes[1280] });
  page.setDefaultTimeout(120_000);
  await page.goto(new URL("/", emulator.endpoints.controlUrl).href);
  const button = (name) => page.getByRole("button", { name, exact: true });
  const tab = (name) => page.getByRole("tab", { name, exact: true }).first();
  await page.getByRole("button", { name: "Start a thermostat" }).click();
  await button("Add devices…").click();
  await page.getByText("What the devices send and answer").click();
  await page.getByLabel("Sends every").fill("1s");
  await page.getByLabel("Devices", { exact: true }).last().fill("11");
  await page.getByLabel("Stagger, in ms").fill("900");
  await button("Add 11 devices").click();
  await page.getByText("12 of 12").waitFor();
  // The chart begins to show something.
  await page.waitForTimeout(25_000);
  await takeAll("devices");
  await tab("Hub").click();
  await button("thermostat-2").click();
  await page.getByRole("button", { name: "Call method" }).click();
  await page.getByText("Answered with").waitFor();
  await takeAll("hub");
  await tab("Faults").click();
  await button("Refuse to connect").first().click();
  await button("Refuse to connect").last().click();
  await button("Cut the connection").first().click();
  await button("Cut the connection").last().click();
  await page.waitForTimeout(15_000);
  await button("Cut the connection").last().click();
  await page.waitForTimeout(2500);
  await takeAll("faults");
  await tab("Wire").click();
  await takeAll("wire");
  await tab("Scenarios").click();
  await button("Run").click();
  await page.getByText("passed", { exact: true }).waitFor();
  await takeAll("scenarios");

  async function takeAll(name) {
    for (const variant of wanted[name]) {
      const [scheme, width] = variant.split("-");
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize(sizes[width]);
      await page.evaluate(() => scrollTo(0, 0));
      // The timelines are what that page is for.
      if (name === "faults" && width === "1280") await page.mouse.wheel(0, 360);
      // Charts follow the size of the page.
      await page.waitForTimeout(600);
      await page.screenshot({ path: join(root, `docs/images/console-${name}-${variant}.png`) });
    }
    await page.setViewportSize(sizes[1280]);
  }
} finally {
  await browser.close();
  await emulator.close();
}
