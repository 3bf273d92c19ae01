import type { Field } from "./schema.ts";

/** The form of a host that clients reach a hub at. */
export const advertisedHostForm = {
  pattern: "^(?:[^\\s:/;\\[\\]]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?$",
  rule: "a host, or host:port",
} as const;

/** A host that clients reach a hub at, with or without a port. */
export const advertisedHost: Field<true> = {
  schema: { type: "string", pattern: advertisedHostForm.pattern, title: advertisedHostForm.rule },
  isOptional: true,
};
