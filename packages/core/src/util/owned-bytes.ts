/**
 * Bytes in memory that isn't shared: `Uint8Array<ArrayBuffer>`, written so that declarations also compile with TypeScript
 * before 5.7, where the type isn't generic.
 */
export type OwnedBytes = ReturnType<typeof Uint8Array.of>;
