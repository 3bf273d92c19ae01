import { isInstance } from "../brand.ts";
import { mustBe } from "../errors.ts";

/** A direct method call from the hub. @source Python `MethodRequest` */
export interface MethodRequest<TPayload = unknown> {
  /** The id of the call, for its response. */
  readonly requestId: string;
  readonly name: string;
  /** The payload of the call, parsed from JSON; `null` if it has none. */
  readonly payload: TPayload;
}

/** The result of a handler for `handleMethod`. */
export interface MethodResult {
  /** Any integer; the service reads it like an HTTP status. Defaults to 200. */
  status?: number | undefined;
  /** A value with a JSON form. Defaults to `null`. */
  payload?: unknown;
}

/** The response to a direct method call. @source Python `MethodResponse` */
export class MethodResponse {
  protected static readonly brand: symbol = Symbol.for("isohub.MethodResponse");
  readonly requestId: string;
  readonly status: number;
  readonly payload: unknown;

  /**
   * @param status - any integer; the service reads it like an HTTP status
   * @param payload - a value with a JSON form of at most 128 KB
   * @throws {ArgumentError} `invalid_argument`
   */
  constructor(requestId: string, status: number, payload: unknown = null) {
    if (typeof requestId !== "string" || requestId === "") {
      throw mustBe("requestId", requestId, "the id of a method request");
    }
    if (!Number.isInteger(status)) throw mustBe("status", status, "an integer");
    this.requestId = requestId;
    this.status = status;
    this.payload = payload;
  }

  /** Creates the response to a request. @source Python `MethodResponse.create_from_method_request` */
  static createFromMethodRequest(
    methodRequest: MethodRequest,
    status: number,
    payload: unknown = null,
  ): MethodResponse {
    return new MethodResponse(methodRequest.requestId, status, payload);
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}
