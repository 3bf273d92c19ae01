/**
 * A change that breaks a source file, and the tests that must detect it.
 *
 * @typedef {object} Mutation
 * @property {string} name
 * @property {string} file in packages/core/src
 * @property {string} from occurs once in it
 * @property {string} to
 * @property {string[]} tests in packages/core/src; at least one of them must fail
 *
 * @typedef {[name: string, where: Pick<Mutation, "file" | "tests">, from: string, to: string]} Listed
 */
export {};
