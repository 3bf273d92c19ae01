import { answeredTooLate } from "../connection/link/link-errors.ts";
import { ClientError, mustBe, ProtocolError } from "../errors.ts";
import { type Channel, isThenable } from "../events/channel.ts";
import { kindOf } from "../util/json.ts";
import { type MethodRequest, MethodResponse, type MethodResult } from "./method.ts";
import type { MethodDialect } from "./method-dialect.ts";
import type { MethodHandler, MethodHandlers } from "./method-handlers.ts";

/** Sends a response. @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export type Respond = (response: MethodResponse) => Promise<void>;

/** Passes direct method calls to their handlers, and responds to every call. */
export class MethodReceiver {
  readonly #channel: Channel<MethodRequest>;
  readonly #dialect: Pick<MethodDialect, "readCall">;
  readonly #handlers: MethodHandlers;
  readonly #respond: Respond;
  readonly #report: (error: Error) => void;
  /** The number of the hub: a response is for the hub that sent the call. */
  #hub = 0;
  /** The number of running handlers, and of responses that the hub hasn't acknowledged. */
  #open = 0;

  constructor(
    channel: Channel<MethodRequest>,
    dialect: Pick<MethodDialect, "readCall">,
    handlers: MethodHandlers,
    respond: Respond,
    report: (error: Error) => void,
  ) {
    this.#channel = channel;
    this.#dialect = dialect;
    this.#handlers = handlers;
    this.#respond = respond;
    this.#report = report;
  }

  /** Whether a handler is running, or the hub hasn't acknowledged a response. */
  get isBusy(): boolean {
    return this.#open > 0;
  }

  /** The device has moved to another hub, which doesn't wait for responses to earlier calls. */
  onMoved(): void {
    this.#hub++;
  }

  receive(name: string, requestId: string, body: Uint8Array): void {
    let payload: unknown;
    try {
      payload = this.#dialect.readCall(body);
    } catch (cause) {
      this.#report(
        new ProtocolError("invalid_json", `The hub called method '${name}' with a payload that isn't JSON`, {
          cause,
        }),
      );
      this.#refuse(requestId, 400, "The payload isn't valid JSON");
      return;
    }
    const request = { requestId, name, payload };
    const handler = this.#handlers?.get(name);
    if (handler !== undefined) this.#run(handler, request);
    else if (this.#channel.hasConsumers) {
      // A call without a response runs into its time-out at the hub.
      this.#channel.notify(request, (error) => this.#report(failure(name, error)));
    } else this.#refuse(requestId, 404, `The device has no method '${name}'`);
  }

  async #run(handler: MethodHandler, request: MethodRequest): Promise<void> {
    const { name, requestId } = request;
    const hub = this.#hub;
    this.#open++;
    try {
      let result = handler(request) as MethodResult | undefined | Promise<MethodResult | undefined>;
      // A synchronous result is answered at once: waiting takes a good part of the time of a call.
      if (isThenable(result)) result = await result;
      // A result that isn't valid, or has no JSON form, is a failure of the handler.
      checkResult(result);
      this.#send(new MethodResponse(requestId, result?.status ?? 200, result?.payload), hub);
    } catch (error) {
      this.#report(failure(name, error));
      this.#refuse(requestId, 500, `The handler of '${name}' failed`, hub);
    }
    this.#open--;
  }

  #refuse(requestId: string, status: number, message: string, hub?: number): void {
    this.#send(new MethodResponse(requestId, status, { message }), hub);
  }

  #send(response: MethodResponse, hub = this.#hub): void {
    if (hub !== this.#hub) {
      this.#report(answeredTooLate());
      return;
    }
    // Counted afterwards, because a payload without a JSON form throws.
    const sent = this.#respond(response);
    this.#open++;
    // Not `finally`, which creates three more promises.
    sent.then(this.#onSent, this.#onFailed);
  }

  // Two functions for all responses.
  readonly #onSent = (): void => void this.#open--;

  readonly #onFailed = (error: Error): void => {
    this.#report(error);
    this.#open--;
  };
}

/** Refuses what would be answered without what the handler returned, such as a payload without `{ payload }` around it. */
function checkResult(result: MethodResult | null | undefined): void {
  if (result === undefined || result === null) return;
  const isResult = kindOf(result) === "Object" && Object.keys(result).every((key) => key in parts);
  if (!isResult) throw mustBe("The result of the handler", result, "an object of status and payload");
}

/** The properties of a `MethodResult` or `MethodResponse`. */
const parts = { requestId: 0, status: 0, payload: 0 };

function failure(name: string, cause: unknown): ClientError {
  return new ClientError("handler_failed", `The handler of method '${name}' failed`, { cause });
}
