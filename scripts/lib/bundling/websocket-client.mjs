import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { root } from "../run.mjs";

const folder = dirname(createRequire(join(root, "packages/node/package.json")).resolve("ws/package.json"));
/** The modules that load a native package, with the variable that they check before. */
const switches = { "lib/buffer-util.js": "WS_NO_BUFFER_UTIL", "lib/validation.js": "WS_NO_UTF_8_VALIDATE" };
const entry = "\0ws-client";

/**
 * Creates a Rollup plugin that puts the client of `ws` into the bundle, without the server and without its optional native packages.
 * Bundlers for servers replace a missing optional package with an empty one, after which `ws` can't mask a frame.
 */
export function webSocketClient() {
  return {
    name: "websocket-client",
    resolveId: (id) => (id === "ws" ? entry : null),
    load(id) {
      if (id !== entry) return null;
      return `export { default as WebSocket } from ${JSON.stringify(join(folder, "lib/websocket.js"))};`;
    },
    transform(code, id) {
      const variable = switches[relative(folder, id)];
      if (variable === undefined) return null;
      const withoutNative = code.replace(`!process.env.${variable}`, "false");
      if (withoutNative === code) throw new Error(`${id} must read process.env.${variable}`);
      return { code: withoutNative, map: null };
    },
  };
}
