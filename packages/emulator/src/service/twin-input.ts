import type { TwinChange } from "../hub/twins/twin.ts";
import type { Fields } from "./fields.ts";

/**
 * Reads the tags and desired properties of a twin as services send it. Everything else in it is ignored.
 *
 * @throws {HubError} ArgumentInvalid
 */
export function readTwinChange(body: Fields): TwinChange {
  const tags = body.json("tags");
  const desired = body.fields("properties").json("desired");
  return { ...(tags === undefined ? {} : { tags }), ...(desired === undefined ? {} : { desired }) };
}
