import { hostPath, hosts } from "./hosts.mjs";
import { bin, vitest } from "./run.mjs";

/**
 * A runtime that the conformance suites run on. `vitest.config.ts` makes a project of it, `npm test` a step, and docs/runtimes.md its
 * columns. A new one needs an entry here, its package, and in packages/conformance/src/runtimes its fixtures with test files
 * that hand them to the suites.
 *
 * @typedef {object} Runtime
 * @property {string} name - of the step and of its results
 * @property {string} title - in docs/runtimes.md
 * @property {string} project - of Vitest
 * @property {Clients} [clients] - where the tests find the clients; absent if the project is that of a runtime above
 * @property {string[]} [tests] - files in packages/conformance/src/runtimes, with `clients`
 * @property {string[]} [command] - the program that runs Vitest, with its first arguments; by default this Node
 */

/**
 * The place where tests find the clients: the sources, the sources with MQTT.js as it is published for the web, or a bundle of the
 * browser package, in a browser.
 *
 * @typedef {"sources" | "sources with bundled MQTT.js" | "bundle index" | "bundle lite" | "bundle index in Firefox"} Clients
 */

/** The Node project on another program. @param {import("./hosts.mjs").HostName} host @param {string} title @returns {Runtime} */
const onHost = (host, title) => ({
  name: `conformance on ${hosts[host].title}`,
  title,
  project: "conformance",
  command: [hostPath(host), ...hosts[host].args, vitest],
});

/** @type {Runtime[]} */
export const runtimes = [
  {
    name: "conformance",
    title: "Node",
    project: "conformance",
    clients: "sources",
    tests: ["node/*.test.ts"],
  },
  onHost("node-oldest", `Node ${hosts["node-oldest"].version}`),
  onHost("node-newest", `Node ${hosts["node-newest"].version.split(".")[0]}`),
  onHost("bun", `Bun ${hosts.bun.version}`),
  {
    name: "conformance-memory",
    title: "Hub in the program",
    project: "conformance-memory",
    clients: "sources",
    tests: ["memory/*.test.ts"],
  },
  {
    name: "conformance-chromium",
    title: "Chromium",
    project: "conformance-chromium",
    clients: "bundle index",
    tests: ["browser/websockets*.test.ts"],
  },
  {
    name: "conformance-chromium-lite",
    title: "Chromium",
    project: "conformance-chromium-lite",
    clients: "bundle lite",
    tests: ["browser/lite.test.ts"],
  },
  {
    name: "conformance-firefox",
    title: "Firefox",
    project: "conformance-firefox",
    clients: "bundle index in Firefox",
    tests: ["browser/websockets*.test.ts"],
  },
  {
    name: "conformance-deno",
    title: "Deno",
    project: "conformance-deno",
    clients: "sources with bundled MQTT.js",
    tests: ["deno/*.test.ts"],
    command: [bin("deno"), "run", "-A", "npm:vitest@4.1"],
  },
];
