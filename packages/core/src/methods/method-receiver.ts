import { answeredTooLate } from "../connection/link-errors.ts";
import { ClientError, mustBe, ProtocolError } from "../errors.ts";
import { type Channel, isThenable } from "../events/channel.ts";
import { type MethodRequest, MethodResponse, type MethodResult } from "./method.ts";
import type { MethodDialect } from "./method-dialect.ts";

/** Answers calls of one method. What it throws is answered with status 500, without the text of the error. */
export type MethodHandler = (request: MethodRequest) => MethodResult | Promise<MethodResult>;

/** Sends a response. @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export type Respond = (response: MethodResponse) => Promise<void>;

/** Direct methods: finds who answers a call and sees to it that every call has an answer. */
export class MethodReceiver {
  /** None until the first: most devices of a fleet have none, and an empty map takes 200 bytes. */
  #handlers: Map<string, MethodHandler> | undefined;
  readonly #channel: Channel<MethodRequest>;
  readonly #dialect: MethodDialect;
  readonly #respond: Respond;
  readonly #report: (error: Error) => void;
  /** Counts the hubs: a call is for the one that it came from. */
  #hub = 0;

  constructor(
    channel: Channel<MethodRequest>,
    dialect: MethodDialect,
    respond: Respond,
    report: (error: Error) => void,
  ) {
    this.#channel = channel;
    this.#dialect = dialect;
    this.#respond = respond;
    this.#report = report;
  }

  get hasHandlers(): boolean {
    return (this.#handlers?.size ?? 0) > 0;
  }

  /** @throws {ClientError} `handler_conflict` when the method has a handler */
  handle(name: string, handler: MethodHandler): void {
    if (typeof name !== "string" || name === "")
      throw mustBe("The method name", name, "a text that is not empty");
    if (typeof handler !== "function") throw mustBe(`The handler of '${name}'`, handler, "a function");
    if (this.#handlers?.has(name)) {
      throw new ClientError("handler_conflict", `Method '${name}' has a handler already`);
    }
    this.#handlers ??= new Map();
    this.#handlers.set(name, handler);
  }

  remove(name: string, handler: MethodHandler): void {
    if (this.#handlers?.get(name) === handler) this.#handlers.delete(name);
  }

  /** The hub is another one: nobody there waits for answers to calls that are being worked on. */
  onMoved(): void {
    this.#hub++;
  }

  receive(name: string, requestId: string, body: Uint8Array): void {
    let payload: unknown;
    try {
      payload = this.#dialect.readCall(body);
    } catch (cause) {
      this.#report(
        new ProtocolError("invalid_json", `The hub called method '${name}' with a payload that is not JSON`, {
          cause,
        }),
      );
      this.#refuse(requestId, 400, "The payload is not valid JSON");
      return;
    }
    const request = { requestId, name, payload };
    const handler = this.#handlers?.get(name);
    if (handler !== undefined) this.#run(handler, request);
    else if (this.#channel.hasConsumers) {
      // What nobody answers runs into its time-out at the hub.
      this.#channel.tell(request, (error) => this.#report(failure(name, error)));
    } else this.#refuse(requestId, 404, `The device has no method '${name}'`);
  }

  #run(handler: MethodHandler, request: MethodRequest): void {
    const { name, requestId } = request;
    const hub = this.#hub;
    const answer = (result: MethodResult | undefined): void => {
      // A result that isn't valid, or has no JSON form, is a failure of the handler.
      this.#answer(new MethodResponse(requestId, result?.status ?? 200, result?.payload), hub);
    };
    const fail = (error: unknown): void => {
      this.#report(failure(name, error));
      this.#refuse(requestId, 500, `The handler of '${name}' failed`, hub);
    };
    try {
      const result = handler(request);
      // What is there at once is answered at once: promises are a good part of what a call costs.
      if (isThenable(result)) Promise.resolve(result).then(answer).catch(fail);
      else answer(result);
    } catch (error) {
      fail(error);
    }
  }

  #refuse(requestId: string, status: number, message: string, hub?: number): void {
    this.#answer(new MethodResponse(requestId, status, { message }), hub);
  }

  #answer(response: MethodResponse, hub = this.#hub): void {
    if (hub === this.#hub) this.#respond(response).catch(this.#report);
    else this.#report(answeredTooLate());
  }
}

function failure(name: string, cause: unknown): ClientError {
  return new ClientError("handler_failed", `The handler of method '${name}' failed`, { cause });
}
