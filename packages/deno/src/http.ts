import type { HttpRequest, HttpResponse } from "@isohub/core/runtime";
import { fetchOverWeb } from "@isohub/core/web";
import { knownError } from "./connect-errors.ts";
import { createHttpClient } from "./http-client.ts";

/** Sends one HTTP request, with the client's trust and certificate. */
export async function fetchOverHttp(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { transit } = request;
  const { protocol, host, hostname, port } = new URL(request.url);
  const peer = {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    serverVerificationCert: transit.serverVerificationCert,
  };
  using client = createHttpClient(transit);
  return await fetchOverWeb(request, signal, {
    init: { client } as RequestInit,
    remediation: `Check the network, and run with --allow-net=${host}`,
    explain: (reason, error) =>
      knownError(reason, peer, error instanceof Deno.errors.NotCapable ? error : undefined),
  });
}
