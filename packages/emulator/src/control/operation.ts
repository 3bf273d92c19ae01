import type { Field, FieldsOf, OptionsOf } from "../schema/schema.ts";
import type { Signature } from "../schema/signature.ts";

/**
 * An operation of the control API: a method of `ControlMethods` as an HTTP request.
 *
 * A parameter is in the path if the path names it, else in the query of a `GET` or `DELETE`, else in the JSON body. The
 * parameter `identity` becomes `deviceId` and `moduleId`.
 */
export interface Operation extends Signature {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /**
   * The path below `/control`, with parameters in braces. A parameter with `+` may contain slashes. `{identity}` stands for
   * `{deviceId}`, and also for `{deviceId}/modules/{moduleId}`.
   */
  readonly path: string;
  /** The effect, as a sentence. */
  readonly summary: string;
  /** The largest body. Defaults to 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The answer. If there is none, the status is 204. */
  readonly answer?: Field<false>;
  /** The status of the answer. Defaults to 200. */
  readonly status?: 201 | 202;
  /** The member of the JSON answer that contains the result of the method. By default the answer is the result. */
  readonly answerIn?: string;
  /** The type of the answer. Defaults to `application/json`. */
  readonly mediaType?: "text/plain" | "text/event-stream" | "application/octet-stream";
}

/** Operations by the names of their methods, with the options of each. */
export type Operations<Methods> = {
  readonly [Name in keyof Methods]: Operation & { readonly options: FieldsOf<OptionsOf<Methods[Name]>> };
};

const identity = "{identity}";

/** Returns the paths of an operation: two if it applies to devices and modules, else one. */
export function pathsOf({ path }: Operation): string[] {
  if (!path.includes(identity)) return [path];
  return ["{deviceId}", "{deviceId}/modules/{moduleId}"].map((each) => path.replace(identity, each));
}
