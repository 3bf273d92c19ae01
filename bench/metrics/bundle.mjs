import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const gzipped = "minified and gzipped";
const essentials = "minified and gzipped, lite";
const ROWS = ["minified", gzipped, essentials];

/** The imports of a page for each peer: the complete device client, then its smallest variant. */
const SOURCES = {
  isohub: [
    'export { IoTHubDeviceClient } from "@isohub/browser"; export { mqttJsEngine } from "@isohub/browser/mqttjs";',
    'export { IoTHubDeviceClient } from "@isohub/browser/lite"; export { mqttJsEngine } from "@isohub/browser/mqttjs";',
  ],
  lean: [
    'export { IoTHubDeviceClient } from "@isohub/browser";',
    'export { IoTHubDeviceClient } from "@isohub/browser/lite";',
  ],
  mqttjs: ['export { default } from "mqtt";'],
  official: [
    'export { Client, Message } from "azure-iot-device"; export { MqttWs } from "azure-iot-device-mqtt";',
  ],
};

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "bundle",
  once: true,
  tables: [
    {
      id: "size",
      title:
        "Bundle of a page with a device client, by esbuild (MQTT.js: protocol only; official SDK: without the Node modules that it needs to start)",
      unit: "kB",
      digits: 1,
      better: "less",
      goals: {
        [essentials]: {
          isohub: { itself: 115, official: 0.21 },
          lean: { itself: 16, mqttjs: 0.11, official: 0.022 },
        },
      },
    },
  ],
  rows: ROWS,

  cells: () => [],

  async measureHere(peer) {
    const [all, least = all] = SOURCES[peer.name];
    const whole = await bundled(all);
    const small = least === all ? whole : await bundled(least);
    const values = [whole.length, gzippedLength(whole), gzippedLength(small)].map((bytes) => bytes / 1000);
    return ROWS.map((row, i) => ({ table: "size", row, value: values[i] }));
  },
};

/** @param {string} contents @returns {Promise<Uint8Array>} */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    plugins: [withoutNode],
  });
  return outputFiles[0].contents;
}

const gzippedLength = (code) => gzipSync(code, { level: 9 }).length;

/** Replaces the Node modules that have no package for the web by empty ones. */
const withoutNode = {
  name: "without-node",
  setup({ onResolve, onLoad }) {
    const builtin =
      /^(node:)?(fs|net|tls|http|https|crypto|dns|os|path|stream|url|util|zlib|child_process|events|assert|querystring|buffer|tty|timers|string_decoder)(\/.*)?$/;
    onResolve({ filter: builtin }, ({ path }) => ({ path, namespace: "without-node" }));
    onLoad({ filter: /.*/, namespace: "without-node" }, () => ({ contents: "module.exports = {};" }));
  },
};
