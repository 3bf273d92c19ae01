import { isInstance } from "../brand.ts";
import { mustBe } from "../errors.ts";

/** A direct method call from the hub. @source Python `MethodRequest` */
export interface MethodRequest<TPayload = unknown> {
  /** The hub's number for the call, to answer it by. */
  readonly requestId: string;
  readonly name: string;
  /** The parsed JSON of the call, `null` when there was none. */
  readonly payload: TPayload;
}

/** What a `handleMethod` handler answers with. */
export interface MethodResult {
  /** Any whole number; the service reads it as of HTTP. 200 when left out. */
  status?: number;
  /** A value with a JSON form; `null` when left out. */
  payload?: unknown;
}

/** The answer to a direct method call. @source Python `MethodResponse` */
export class MethodResponse {
  protected static readonly brand: symbol = Symbol.for("isohub.MethodResponse");
  readonly requestId: string;
  readonly status: number;
  readonly payload: unknown;

  /**
   * @param status - any whole number, read by the service as of HTTP
   * @param payload - a value with a JSON form, at most 128 KB of it
   * @throws {ArgumentError} `invalid_argument`
   */
  constructor(requestId: string, status: number, payload: unknown = null) {
    if (typeof requestId !== "string" || requestId === "") {
      throw mustBe("requestId", requestId, "that of the method request");
    }
    if (!Number.isInteger(status)) throw mustBe("status", status, "a whole number");
    this.requestId = requestId;
    this.status = status;
    this.payload = payload;
  }

  /** The answer to a request. @source Python `MethodResponse.create_from_method_request` */
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
