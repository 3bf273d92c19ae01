import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packages } from "./packages.mjs";
import { root, runOrExit } from "./run.mjs";

/** Packages that only `npm run interop:slow` uses. They are large, so the workspace doesn't install them. */
export const toolVersions = {
  "@hono/node-server": "2.1.8",
  "@peculiar/x509": "2.2.0",
  aedes: "1.2.0",
  artillery: "2.0.34",
  "@types/jest": "30.0.0",
  "@types/node": "22.20.5",
  "edge-runtime": "4.0.1",
  "happy-dom": "20.14.6",
  hono: "4.13.19",
  jest: "30.5.2",
  "jest-environment-jsdom": "30.5.2",
  jose: "6.2.18",
  jsep: "1.6.0",
  jsdom: "26.1.0",
  miniflare: "4.20260426.0",
  mqtt: "5.16.0",
  next: "16.4.6",
  postject: "1.0.0-alpha.6",
  react: "19.3.1",
  "react-dom": "19.3.1",
  "reflect-metadata": "0.2.2",
  rhea: "3.0.5",
  "ts-jest": "29.4.15",
  typescript: "5.9.3",
  vitest: "4.1.12",
  ws: "8.23.0",
};

/** The folder whose `node_modules` has the packages. It is in no `node_modules` itself, where tools ignore tests. */
export const toolsFolder = join(root, ".cache/isohub-tools");

function isInstalled(name) {
  const manifest = join(toolsFolder, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === toolVersions[name];
}

/** Copies the packages of the workspace as they are published: some bundlers follow no links out of their project. */
export function copyPackages() {
  for (const { manifest, folder, isPublished } of packages) {
    if (!isPublished) continue;
    const target = join(toolsFolder, "node_modules", manifest.name);
    rmSync(target, { recursive: true, force: true });
    for (const part of ["package.json", "build", "dist", "cjs"]) {
      if (existsSync(join(root, folder, part)))
        cpSync(join(root, folder, part), join(target, part), { recursive: true });
    }
  }
}

/** Installs the packages that are missing. */
export async function installTools() {
  if (Object.keys(toolVersions).every(isInstalled)) return;
  mkdirSync(toolsFolder, { recursive: true });
  writeFileSync(
    join(toolsFolder, "package.json"),
    JSON.stringify({ private: true, dependencies: toolVersions }),
  );
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"];
  await runOrExit("Installing frameworks", "npm", args, { cwd: toolsFolder, quiet: true });
}
