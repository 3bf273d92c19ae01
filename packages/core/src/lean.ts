/** The lean engine, apart from the rest so that a bundle with another one does not carry it. */
export { leanEngine } from "./mqtt/lean/lean-engine.ts";
