import { answeredTooLate } from "../connection/link-errors.ts";
import { ArgumentError, ClientError, ProtocolError } from "../errors.ts";
import { type Channel, NotConsumed } from "../events/channel.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { type MethodRequest, MethodResponse, type MethodResult } from "./method.ts";

/** Answers calls of one method. What it throws is answered with status 500, without the text of the error. */
export type MethodHandler = (request: MethodRequest) => MethodResult | Promise<MethodResult>;

/** Direct methods: finds who answers a call and sees to it that every call has an answer. */
export class MethodReceiver {
  readonly #handlers = new Map<string, MethodHandler>();
  readonly #channel: Channel<MethodRequest>;
  readonly #respond: (response: MethodResponse) => Promise<void>;
  readonly #report: (error: Error) => void;
  /** Counts the hubs: a call is for the one that it came from. */
  #hub = 0;

  constructor(
    channel: Channel<MethodRequest>,
    respond: (response: MethodResponse) => Promise<void>,
    report: (error: Error) => void,
  ) {
    this.#channel = channel;
    this.#respond = respond;
    this.#report = report;
  }

  get hasHandlers(): boolean {
    return this.#handlers.size > 0;
  }

  /** @throws {ClientError} `handler_conflict` when the method has a handler */
  handle(name: string, handler: MethodHandler): void {
    if (typeof name !== "string" || name === "") {
      throw new ArgumentError("invalid_argument", "The method name must be a text that is not empty");
    }
    if (typeof handler !== "function") {
      throw new ArgumentError(
        "invalid_argument",
        `The handler of '${name}' is ${typeof handler}, it must be a function`,
      );
    }
    if (this.#handlers.has(name)) {
      throw new ClientError("handler_conflict", `Method '${name}' has a handler already`);
    }
    this.#handlers.set(name, handler);
  }

  remove(name: string, handler: MethodHandler): void {
    if (this.#handlers.get(name) === handler) this.#handlers.delete(name);
  }

  /** The hub is another one: nobody there waits for answers to calls that are being worked on. */
  onMoved(): void {
    this.#hub++;
  }

  receive(name: string, requestId: string, body: Uint8Array): void {
    let payload: unknown;
    try {
      payload = body.length === 0 ? null : JSON.parse(fromUtf8(body));
    } catch (cause) {
      this.#report(
        new ProtocolError("invalid_json", `The hub called method '${name}' with a payload that is not JSON`, {
          cause,
        }),
      );
      this.#answer(new MethodResponse(requestId, 400, { message: "The payload is not valid JSON" }));
      return;
    }
    const request: MethodRequest = { requestId, name, payload };
    const handler = this.#handlers.get(name);
    if (handler !== undefined) {
      this.#run(handler, request);
      return;
    }
    if (!this.#channel.hasConsumers) {
      this.#answer(new MethodResponse(requestId, 404, { message: `The device has no method '${name}'` }));
      return;
    }
    for (const outcome of this.#channel.emit(request)) {
      outcome.catch((error: unknown) => {
        // A loop that was left early is no failure; the call runs into its time-out at the hub.
        if (!(error instanceof NotConsumed)) this.#report(failure(name, error));
      });
    }
  }

  #run(handler: MethodHandler, request: MethodRequest): void {
    const { name, requestId } = request;
    const hub = this.#hub;
    new Promise<MethodResult>((resolve) => resolve(handler(request)))
      .then((result: MethodResult | undefined) => {
        const response = new MethodResponse(requestId, result?.status ?? 200, result?.payload);
        // Encoded here as well: a result without a JSON form is the handler's failure.
        encodeMethodPayload(response.payload);
        return response;
      })
      .catch((error: unknown) => {
        this.#report(failure(name, error));
        return new MethodResponse(requestId, 500, { message: `The handler of '${name}' failed` });
      })
      .then((response) => {
        if (hub === this.#hub) this.#answer(response);
        else this.#report(answeredTooLate());
      });
  }

  #answer(response: MethodResponse): void {
    this.#respond(response).catch(this.#report);
  }
}

/** @throws {ArgumentError} `invalid_argument` for a payload without a JSON form */
export function encodeMethodPayload(payload: unknown): Uint8Array {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(payload ?? null);
  } catch (error) {
    cause = error;
  }
  if (json === undefined) {
    throw new ArgumentError("invalid_argument", "The payload of the method response has no JSON form", {
      cause,
    });
  }
  return utf8(json);
}

function failure(name: string, cause: unknown): ClientError {
  return new ClientError("handler_failed", `The handler of method '${name}' failed`, { cause });
}
