import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";

const vendor = (name) => fileURLToPath(new URL(`../../../packages/core/vendor/${name}.cjs`, import.meta.url));

/** Replacements for modules that MQTT.js imports, when it is bundled from its sources. */
const replaced = {
  "process/": vendor("process"),
  "process-nextick-args": vendor("process"),
  debug: vendor("debug"),
  "readable-stream": vendor("streams"),
  // For streams composed of others.
  "./duplexify": vendor("unused"),
  // For the topic aliases of MQTT 5.
  "lru-cache": vendor("unused"),
  // Worker timers for MQTT.js' own keep-alive, which is off.
  "worker-timers": vendor("unused"),
  // For old runtimes without AbortController.
  "abort-controller": vendor("unused"),
};

// These two use `process` as a global.
const withGlobals = /\/mqtt\/build\/lib\/(shared|is-browser)\.js$/;

/** Creates the Rollup plugins that make MQTT.js run without Node's modules. */
export function mqttJsForTheWeb() {
  return [
    {
      name: "mqttjs-for-the-web",
      resolveId: (id) => replaced[id] ?? null,
      transform(code, id) {
        if (id.endsWith("/mqtt/package.json")) {
          const { version } = JSON.parse(code);
          return { code: `module.exports = { version: ${JSON.stringify(version)} };`, map: { mappings: "" } };
        }
        if (withGlobals.test(id)) {
          return { code: `const process = require("process/");${code}`, map: null };
        }
        return null;
      },
    },
    commonjs({ strictRequires: true, extensions: [".js", ".cjs", ".json"] }),
    nodeResolve({ browser: true, preferBuiltins: false }),
  ];
}
