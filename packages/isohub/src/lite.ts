/**
 * The lite client: the types on every runtime, and the module in web pages and workers. On Node, Bun and Deno the entry leads to the
 * whole SDK, because size matters only in pages.
 *
 * @module
 */
export * from "@isohub/browser/lite";
