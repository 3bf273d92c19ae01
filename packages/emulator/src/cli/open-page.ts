import { spawn } from "node:child_process";

const openers: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ["open"],
  // The first argument in quotes would be the title of a window.
  win32: ["cmd", "/c", "start", ""],
};

/** Opens a page in the user's browser. Does nothing where there is none: the address has been printed, too. */
export function openPage(url: string): void {
  const [command, ...args] = openers[process.platform] ?? ["xdg-open"];
  const child = spawn(command, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
}
