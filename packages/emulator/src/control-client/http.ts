import type { Operation } from "../control/operation.ts";
import { ControlError, type ControlErrorBody } from "./control-error.ts";
import { toRequest } from "./request.ts";

/** Options of a single request. */
export interface CallOptions {
  /** Aborts the request, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `createControlClient`. */
export interface ControlClientOptions {
  /** The token of the control API, see `controlToken` of `startEmulator`. Required if the hub is bound beyond loopback. */
  readonly token?: string | undefined;
  /** Sends the requests. Defaults to the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Sends operations of a control API. */
export type Send = (operation: Operation, args: readonly unknown[], call?: CallOptions) => Promise<Response>;

/**
 * Creates a function that sends requests to a control API.
 *
 * @param url - of the control API
 */
export function createSend(url: string, { fetch = globalThis.fetch, token }: ControlClientOptions): Send {
  return async (operation, args, { signal } = {}) => {
    const { method, path, body } = toRequest(operation, args);
    const response = await reach(url, signal, () =>
      fetch(url + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    if (response.ok) return response;
    throw await errorOf(response, `${method} ${url}${path}`);
  };
}

/**
 * Waits for something that needs the network.
 *
 * @throws the signal's reason if the signal is aborted, else {ControlError} ConnectionFailed
 */
export async function reach<Result>(
  url: string,
  signal: AbortSignal | undefined,
  wait: () => Promise<Result>,
): Promise<Result> {
  try {
    return await wait();
  } catch (cause) {
    signal?.throwIfAborted();
    throw new ControlError(`The control API must be reachable at ${url}; is the emulator running?`, {
      cause,
    });
  }
}

async function errorOf(response: Response, request: string): Promise<ControlError> {
  const statusCode = response.status;
  const body: unknown = await response.json().catch(() => undefined);
  if (isErrorBody(body)) return new ControlError(body.message, { ...body, statusCode });
  return new ControlError(
    `${request} must lead to a control API, got status ${statusCode} without its error body`,
    {
      statusCode,
    },
  );
}

function isErrorBody(body: unknown): body is ControlErrorBody {
  return typeof body === "object" && body !== null && "errorCode" in body && "message" in body;
}
