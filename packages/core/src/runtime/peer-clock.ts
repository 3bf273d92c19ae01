import type { Endpoint, Runtime } from "./runtime.ts";

/** The time limit for reading a clock, in milliseconds. */
const clockTimeoutMs = 5000;
const mqttPort = 8883;
const httpsPort = 443;

/** Returns the difference between the clock of a server and this machine's, from an answer over HTTP; undefined without its date. */
export function aheadOf(date: string | undefined, sentAt: number, receivedAt: number): number | undefined {
  // The date has no milliseconds.
  const time = Date.parse(date ?? "") + 500;
  return Number.isNaN(time) ? undefined : time - (sentAt + receivedAt) / 2;
}

/**
 * Reads the clock of a server with one request, without credentials but for a client certificate.
 *
 * @returns its difference to this machine's in milliseconds; undefined without an answer
 */
export async function readPeerClock(
  endpoint: Endpoint,
  fetch: Runtime["fetch"],
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { host, secure } = endpoint;
    // A local hub has one port for all protocols.
    const port = endpoint.port === mqttPort ? httpsPort : endpoint.port;
    const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
    const sentAt = Date.now();
    const { headers } = await fetch(
      { method: "GET", url: `${secure ? "https" : "http"}://${authority}/`, headers: {}, transit: endpoint },
      AbortSignal.any([signal, AbortSignal.timeout(clockTimeoutMs)]),
    );
    return aheadOf(headers["date"], sentAt, Date.now());
  } catch {
    // The refusal is reported without it.
    return undefined;
  }
}
