import { mustBe } from "../errors.ts";
import { encodePercent } from "./percent.ts";

/**
 * Encodes an id as a segment of a URL's path.
 *
 * @param name - of the id, for the message
 * @throws {ArgumentError} `invalid_argument` for `.` and `..`, which URLs fold even if they are encoded
 */
export function pathSegment(name: string, id: string): string {
  if (isDots(id)) throw mustBe(name, id, "another id than '.' and '..', which URLs can't contain");
  return encodePercent(id);
}

/** Whether a path has a segment that URLs fold. */
export function hasDotSegments(path: string): boolean {
  return path.split("/").some(isDots);
}

function isDots(segment: string): boolean {
  return segment === "." || segment === "..";
}
