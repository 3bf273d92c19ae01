import type { HttpRequest, HttpResponse } from "@isohub/core/runtime";
import { fetchOverWeb } from "@isohub/core/web";
import { createHttpClient } from "./http-client.ts";

/** Sends one HTTP request, with the client's trust and certificate. */
export async function fetchOverHttp(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  using client = createHttpClient(request.transit);
  return await fetchOverWeb(request, signal, {
    init: { client } as RequestInit,
    remediation: `Check the network, and run with --allow-net=${new URL(request.url).host}`,
  });
}
