import { type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { type BlobStorage, uploadContainer } from "./blob-storage.ts";

const methods = ["PUT", "GET", "HEAD"];
// What is between two neighbours, and no business of the one behind.
const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "expect",
  "host",
  "proxy-connection",
  "te",
  "upgrade",
]);
const path = new RegExp(`^/${uploadContainer}/[^?]`);

/** Whether a request is for a blob. */
export function isBlobRequest({ url = "" }: IncomingMessage): boolean {
  return path.test(url);
}

/**
 * Hands a request for a blob on to the storage, byte by byte as it comes, and its answer back. The storage checks the
 * signature; the only thing that changes is that its path begins with the name of the account.
 */
export function proxyBlob(blobs: BlobStorage, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "*");
  if (request.method === "OPTIONS") {
    answerPreflight(request, response);
    return;
  }
  const { target } = blobs;
  if (!methods.includes(request.method ?? "")) refuse(request, response, 405, "UnsupportedHttpVerb");
  // Nobody can have a signature of a storage that does not run.
  else if (target === undefined) refuse(request, response, 403, "AuthenticationFailed");
  else forward(target, request, response);
}

function forward(
  { port, account }: { readonly port: number; readonly account: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !hopHeaders.has(name)),
  );
  const onward = requestHttp({
    host: "127.0.0.1",
    port,
    method: request.method,
    path: `/${account}${request.url}`,
    // A connection of its own for each: one that is kept may be closed by the other end just then. It is said to be
    // kept all the same, because otherwise a refusal is lost when the other end closes before it has read everything.
    headers: { ...headers, connection: "keep-alive" },
    agent: false,
  });
  onward.on("response", (answer) => {
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !hopHeaders.has(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.statusCode ?? 502);
    answer.pipe(response, { end: false });
    answer.on("error", () => response.destroy());
    // A client that is refused early hears it when it has sent everything; to be cut off would tell it nothing.
    answer.on("end", () => {
      request.unpipe(onward).resume();
      onward.destroy();
      if (request.readableEnded) response.end();
      else request.on("end", () => response.end());
    });
  });
  onward.on("error", () => {
    if (!response.headersSent) refuse(request, response, 503, "ServerBusy");
    else if (!response.writableEnded) response.destroy();
  });
  response.on("close", () => {
    if (!response.writableFinished) onward.destroy();
  });
  request.on("error", () => onward.destroy());
  request.pipe(onward);
}

function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-methods", methods.join(", "));
  response.setHeader("access-control-allow-headers", headers["access-control-request-headers"] ?? "*");
  response.setHeader("access-control-max-age", "86400");
  response.writeHead(204).end();
}

/** An error as the storage writes it. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  response.setHeader("content-type", "application/xml");
  response.setHeader("x-ms-error-code", code);
  response.writeHead(status);
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}
