import { fileURLToPath } from "node:url";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";

const vendor = (name) => fileURLToPath(new URL(`../../../packages/core/vendor/${name}.cjs`, import.meta.url));

/** What stands in for what, when MQTT.js is bundled from its sources. */
const replaced = {
  "process/": vendor("process"),
  "process-nextick-args": vendor("process"),
  debug: vendor("debug"),
  "readable-stream": vendor("streams"),
  // For streams made of other things.
  "./duplexify": vendor("unused"),
  // For the topic aliases of MQTT 5.
  "lru-cache": vendor("unused"),
  // Timers in a worker, for MQTT.js' own keep-alive: that is off.
  "worker-timers": vendor("unused"),
  // For runtimes that lack what every runtime has.
  "abort-controller": vendor("unused"),
};

// These two speak of `process` as a global.
const withGlobals = /\/mqtt\/build\/lib\/(shared|is-browser)\.js$/;

/** The Rollup plugins that make MQTT.js run where there is nothing of Node. */
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
