import { type Policy, signPolicyToken } from "./policy.ts";

/** A status that isn't one of success. */
export class RequestFailed extends Error {
  readonly status: number;

  constructor(request: string, status: number, body: string) {
    super(`${request} was answered with ${status}: ${body.slice(0, 300)}`);
    this.status = status;
  }
}

/** Options of a request. */
export interface RequestOptions {
  readonly body?: object;
  readonly etag?: string;
}

/** Sends a request to the REST API of a service: `GET /devices/d1`. @throws {RequestFailed} */
export async function requestJson<Answer>(
  policy: Policy,
  version: string,
  request: string,
  { body, etag }: RequestOptions = {},
): Promise<Answer> {
  const [method = "", path = ""] = request.split(" ");
  const headers: Record<string, string> = { authorization: await signPolicyToken(policy, policy.host) };
  if (etag !== undefined) headers["if-match"] = etag;
  if (body !== undefined) headers["content-type"] = "application/json; charset=utf-8";
  const authority = policy.port === undefined ? policy.host : `${policy.host}:${policy.port}`;
  const response = await fetch(`https://${authority}${path}?api-version=${version}`, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const text = await response.text();
  if (!response.ok) throw new RequestFailed(request, response.status, text);
  return (text === "" ? undefined : JSON.parse(text)) as Answer;
}
