/**
 * A client that the tests run against the local hub. A row of docs/interop.md for each of its transports.
 *
 * @typedef {object} Client
 * @property {string} name - of its package, with the registry
 * @property {() => string} version
 * @property {"interop" | "clients"} project - Vitest's project with its tests
 * @property {Record<string, Record<string, string>>} transports - transport → feature → the start of the names of its tests.
 *   A name is that of the test, behind those of its blocks: `block > test`.
 */

/** @typedef {{ title: string, text: string, features: string[], clients: Client[] }} Section */

/** Returns the features with a common block. @param {string} block @param {Record<string, string>} tests */
export const within = (block, tests) =>
  Object.fromEntries(Object.entries(tests).map(([feature, test]) => [feature, `${block} > ${test}`]));
