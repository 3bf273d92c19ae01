import type { HubErrorBody, HubErrorName } from "../hub/hub-error.ts";

/** The body of an error answer of the control API. */
export type ControlErrorBody = HubErrorBody & { readonly name: HubErrorName };

interface ControlErrorDetails extends Omit<ControlErrorBody, "name" | "message"> {
  readonly name: HubErrorName | "ConnectionFailed";
  readonly statusCode: number;
  readonly cause: unknown;
}

/**
 * A request to the control API that failed. It has the fields of `HubError`, so `error.name === "DeviceNotFound"` works in
 * process and over HTTP.
 */
export class ControlError extends Error {
  /** The hub's name of the error, or `ConnectionFailed` if there was no answer from a control API. */
  override readonly name: HubErrorName | "ConnectionFailed";
  /** The HTTP status, or 0 if there was no answer. */
  readonly statusCode: number;
  /** The six-digit code, such as 404001, or 0 if there was no answer from a control API. */
  readonly errorCode: number;
  /** An id of the failure, for support; empty if there was no answer from a control API. */
  readonly trackingId: string;
  /** The time of the error, in ISO 8601; empty if there was no answer from a control API. */
  readonly timestampUtc: string;
  /** Further facts, for some errors. */
  readonly info: Readonly<Record<string, string>>;

  constructor(
    message: string,
    {
      name = "ConnectionFailed",
      statusCode = 0,
      errorCode = 0,
      trackingId = "",
      timestampUtc = "",
      info = {},
      cause,
    }: Partial<ControlErrorDetails> = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = name;
    this.statusCode = statusCode;
    this.errorCode = errorCode;
    this.trackingId = trackingId;
    this.timestampUtc = timestampUtc;
    this.info = info;
  }
}
