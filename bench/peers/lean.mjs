import { isohubWith } from "./ours.mjs";

/** With its default, the lean engine. */
export const peer = isohubWith("lean", "@isohub/node", ["@isohub/node"], async () => ({}));
