/**
 * The public address of the repository, such as `https://host/owner/isohub`. Every other public address follows from it. While it
 * is empty, packages are published without addresses.
 *
 * @type {string}
 */
export const repository = "";

/** The fields of a published `package.json` that contain an address. @param {string} folder - of the package, from the root */
export function addressFields(folder, address = repository) {
  if (address === "") return {};
  return {
    homepage: `${address}#readme`,
    repository: { type: "git", url: `git+${address}.git`, directory: folder },
    bugs: { url: `${address}/issues` },
  };
}

/** The address of a file or folder in the repository, or undefined while there is none. @param {string} path - from the root */
export function addressOf(path, address = repository) {
  return address === "" ? undefined : `${address}/blob/HEAD/${path}`;
}
