import { isohubWith } from "./ours.mjs";

/** With the lean engine. */
export const peer = isohubWith("lean", "lean engine", "leanEngine");
