/** Fakes for tests: a virtual clock and a runtime in memory. */
export { VirtualClock } from "./testing/virtual-clock.ts";
