import { pathToFileURL } from "node:url";
import { isohubWith } from "./ours.mjs";

/** Names the folder with another commit of this project, built: `--compare` sets it for the processes of the clients. */
export const BEFORE_FOLDER = "ISOHUB_BENCH_BEFORE";

/** Another commit of `@isohub/node` with its lean engine, for `--compare`. @type {import("./peer.mjs").Peer} */
export const peer = {
  ...isohubWith("before", "@isohub/node", [], async () => ({})),
  ours: false,
  isSameSdk: true,
  async load() {
    const index = `${process.env[BEFORE_FOLDER]}/packages/node/dist/index.js`;
    const sdk = await import(pathToFileURL(index).href);
    // Before lean was the default, it had to be asked for.
    return { ...sdk, options: sdk.leanEngine ? { engine: sdk.leanEngine } : {} };
  },
};
