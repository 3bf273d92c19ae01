/** The lean engine, in a separate entry so that bundles with another engine don't contain it. */
export { leanEngine } from "./mqtt/lean/lean-engine.ts";
