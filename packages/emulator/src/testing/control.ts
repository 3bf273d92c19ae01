import type { Emulator } from "../api/emulator.ts";

/** A response of the control API. */
export interface ControlAnswer {
  readonly status: number;
  /** Parsed if it is JSON. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** Sends a request to the control API. */
export async function call(
  { endpoints }: Emulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<ControlAnswer> {
  const response = await fetch(endpoints.controlUrl + path, {
    method,
    ...(body === undefined
      ? {}
      : {
          headers: { "content-type": "application/json" },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}
