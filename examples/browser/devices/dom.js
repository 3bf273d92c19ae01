/**
 * Returns the element with an id. Throws if it is missing or of another type.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function find(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page must contain a ${type.name} with the id '${id}'`);
}
