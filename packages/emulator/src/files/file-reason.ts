import { messageOf } from "../hub/hub-error.ts";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "this user isn't permitted to use it",
  EDQUOT: "the disk quota is used up",
  EEXIST: "there is a file of this name",
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link that leads to itself",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "it doesn't exist, or its folder doesn't",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of the path isn't a folder",
  EPERM: "this user isn't permitted to use it",
  EROFS: "the file system is read-only",
};

/** Returns the reason of an error of the file system, with its code: `it is a folder (EISDIR)`. */
export function fileReason(error: unknown): string {
  const { code = "" } = error as { readonly code?: string };
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  return reason === undefined ? messageOf(error) : `${reason} (${code})`;
}
