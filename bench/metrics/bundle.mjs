import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const ROWS = ["minified", "minified and gzipped"];

/** What a page imports of each. */
const SOURCES = {
  isohub:
    'export { IoTHubDeviceClient } from "@isohub/browser"; export { mqttJsEngine } from "@isohub/browser/mqttjs";',
  lean: 'export { IoTHubDeviceClient } from "@isohub/browser";',
  mqttjs: 'export { default } from "mqtt";',
  official:
    'export { Client, Message } from "azure-iot-device"; export { MqttWs } from "azure-iot-device-mqtt";',
};

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "bundle",
  once: true,
  tables: [
    {
      id: "size",
      title:
        "A page's bundle with a device client, by esbuild; of MQTT.js the protocol alone, of the official SDK without the modules of Node that it needs and does not start without",
      unit: "kB",
      digits: 1,
      better: "less",
      goals: {
        "minified and gzipped": {
          isohub: { itself: 115, official: 0.21 },
          lean: { itself: 16, mqttjs: 0.11, official: 0.022 },
        },
      },
    },
  ],
  rows: ROWS,

  cells: () => [],

  async measureHere(peer) {
    const { outputFiles } = await build({
      stdin: { contents: SOURCES[peer.name], resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      platform: "browser",
      logLevel: "silent",
      plugins: [withoutNode],
    });
    const code = outputFiles[0].contents;
    const values = [code.length, gzipSync(code, { level: 9 }).length].map((bytes) => bytes / 1000);
    return ROWS.map((row, i) => ({ table: "size", row, value: values[i] }));
  },
};

/** An empty module in place of each of Node's that has no package for the web. */
const withoutNode = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    const builtin =
      /^(node:)?(fs|net|tls|http|https|crypto|dns|os|path|stream|url|util|zlib|child_process|events|assert|querystring|buffer|tty|timers|string_decoder)(\/.*)?$/;
    onResolve({ filter: builtin }, ({ path }) => ({ path, namespace: "without-node" }));
    onLoad({ filter: /.*/, namespace: "without-node" }, () => ({ contents: "module.exports = {};" }));
  },
};
