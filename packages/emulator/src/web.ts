/** The hub without sockets, for pages, workers and tests of applications. */
export { createMemoryHub, type MemoryHub, type MemoryHubOptions } from "./memory/create-memory-hub.ts";
