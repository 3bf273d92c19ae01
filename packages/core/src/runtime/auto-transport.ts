import { ConnectionFailedError, IsoHubError, OperationTimeoutError, ProtocolError } from "../errors.ts";
import { type Clock, setTimer, type Timer } from "../util/clock.ts";
import type { Connection, ConnectionHandlers, Endpoint, Runtime, TransportChoice } from "./runtime.ts";

/**
 * The time limit of each step over the transport that is tried first, in milliseconds: a request for a TCP connection that was lost is
 * sent again after 1 and 3 s. It doubles each time that both transports fail, so that a slow network isn't taken for a blocked port.
 */
const firstStepMs = 5000;

const tlsPort = 8883;
const websocketPort = 443;

/** Tries one transport and then the other, for the hub of a client and its provisioning service. */
export class AutoTransport implements TransportChoice {
  websockets = false;
  readonly #clock: Clock;
  #stepMs = firstStepMs;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async connect(
    endpoint: Endpoint,
    handlers: ConnectionHandlers,
    signal: AbortSignal,
    open: Runtime["connect"],
  ): Promise<Connection> {
    const first = this.#endpoint(endpoint, this.websockets);
    let failure: IsoHubError;
    try {
      const connection = await this.#tryFirst(first, handlers, signal, open);
      this.#watchForConnack(signal);
      return connection;
    } catch (error) {
      // The next attempt begins with the other transport if this one took all the time.
      if (signal.reason instanceof OperationTimeoutError) this.websockets = !this.websockets;
      if (signal.aborted || !(error instanceof IsoHubError)) throw error;
      failure = error;
    }
    const other = this.#endpoint(endpoint, !this.websockets);
    try {
      const connection = await open(other, stepsOf(other, handlers), signal);
      this.websockets = !this.websockets;
      this.#stepMs = firstStepMs;
      this.#watchForConnack(signal);
      return connection;
    } catch (error) {
      this.#stepMs *= 2;
      throw signal.aborted || !(error instanceof IsoHubError) ? error : bothFailed(first, failure, error);
    }
  }

  /** Something that accepts connections and no MQTT, such as a proxy that inspects TLS: the other transport may get through. */
  #watchForConnack(signal: AbortSignal): void {
    // The attempt aborts its signal if it fails before CONNACK.
    signal.addEventListener("abort", () => {
      if (isWithoutConnack(signal.reason)) this.websockets = !this.websockets;
    });
  }

  async #tryFirst(
    endpoint: Endpoint,
    handlers: ConnectionHandlers,
    signal: AbortSignal,
    open: Runtime["connect"],
  ): Promise<Connection> {
    const own = new AbortController();
    const onAbort = (): void => own.abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    const ms = this.#stepMs;
    let timer: Timer | undefined;
    const limit = (step: string, remediation?: string): void => {
      timer?.cancel();
      const message = `Connecting to ${endpoint.host}:${endpoint.port} did not finish within ${ms} ms: there was no ${step}`;
      const end = (): void =>
        own.abort(new ConnectionFailedError("connect_failed", message, { remediation }));
      timer = setTimer(this.#clock, ms, end, false);
    };
    limit("connection");
    try {
      return await open(endpoint, stepsOf(endpoint, handlers, limit), own.signal);
    } finally {
      timer?.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  #endpoint(endpoint: Endpoint, websockets: boolean): Endpoint {
    if (websockets) return endpoint;
    const { port } = endpoint;
    // A local hub has one port for all protocols.
    return { ...endpoint, transport: "tcp", port: port === websocketPort ? tlsPort : port };
  }
}

/** Adds `websockets: "auto"` to a runtime's function that opens connections. */
export function withAutoTransport(open: Runtime["connect"]): Runtime["connect"] {
  return (endpoint, handlers, signal) =>
    endpoint.secure && endpoint.autoTransport !== undefined
      ? endpoint.autoTransport.connect(endpoint, handlers, signal, open)
      : open(endpoint, handlers, signal);
}

/** Whether an attempt ended without CONNACK, and neither by the hub's refusal nor by the application. */
function isWithoutConnack(reason: unknown): boolean {
  return reason instanceof ConnectionFailedError
    ? reason.code === "connect_failed"
    : reason instanceof OperationTimeoutError ||
        (reason instanceof ProtocolError && reason.code === "protocol_error");
}

const nameOf = ({ transport }: Endpoint): string => (transport === "tcp" ? "MQTT over TLS" : "WebSockets");

/** Passes events on; the steps with their port, and without the advice to try the other transport. */
function stepsOf(
  { port, transport }: Endpoint,
  handlers: ConnectionHandlers,
  also?: ConnectionHandlers["onStep"],
): ConnectionHandlers {
  return {
    onStep(step, remediation) {
      also?.(step, remediation);
      handlers.onStep?.(`${step} at port ${port}`, transport === "tcp" ? undefined : remediation);
    },
    onData: (bytes) => handlers.onData(bytes),
    onDrain: () => handlers.onDrain(),
    onClose: (cause) => handlers.onClose(cause),
  };
}

function bothFailed(first: Endpoint, before: IsoHubError, error: IsoHubError): IsoHubError {
  const message = `${error.message}; before that, ${nameOf(first)} failed: ${before.message}`;
  return new ConnectionFailedError(
    error instanceof ConnectionFailedError ? error.code : "connect_failed",
    message,
    { cause: error, retryable: before.retryable || error.retryable, remediation: error.remediation },
  );
}
