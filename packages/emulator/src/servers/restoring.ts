import { messageOf } from "../hub/hub-error.ts";

/**
 * Creates an object that reads its state from a store.
 *
 * @param data - the folder that the state comes from, unless it is a snapshot
 * @throws {TypeError} if a record doesn't have the form that an emulator gives it
 */
export function restoring<Result>(data: string | undefined, create: () => Result): Result {
  try {
    return create();
  } catch (cause) {
    const rule =
      data === undefined
        ? "snapshot must be one that an emulator has exported"
        : `data must be a folder that an emulator has written, got '${data}'`;
    throw new TypeError(`${rule}: ${messageOf(cause)}`, { cause });
  }
}
