import { createHash } from "node:crypto";
import type { KeyMaker } from "../hub/identities/authentication.ts";

/**
 * Derives the keys of `wellKnownKeys` from the names of their owners. Anyone can do that, so they protect nothing. Use
 * them for connection strings that are checked in, and for hubs that only this machine can reach.
 */
export const wellKnownKey: KeyMaker = (owner, use) =>
  createHash("sha256").update(`isohub well-known key, ${use}: ${owner}`).digest("base64");
