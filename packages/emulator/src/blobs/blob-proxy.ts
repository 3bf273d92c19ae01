import { type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { storageAccount } from "./azurite.ts";
import { type BlobStorage, uploadContainer } from "./blob-storage.ts";

const uploadMethods = ["PUT", "GET", "HEAD"];
// Headers that apply to one connection only.
const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "expect",
  "host",
  "proxy-connection",
  "te",
  "upgrade",
]);
const uploadPath = new RegExp(`^/${uploadContainer}/[^?]`);
// The containers of `createBlobContainer`, which have the same path in the blob storage.
const accountPath = new RegExp(`^/${storageAccount}/[^/?]`);

/** Whether a request is for a blob, or for a container. */
export function isBlobRequest({ url = "" }: IncomingMessage): boolean {
  return uploadPath.test(url) || accountPath.test(url);
}

/**
 * Forwards a request for a blob to the blob storage, and its response back, both as streams. The blob storage checks the
 * signature. Only the path of an upload changes: it begins with the name of the account then.
 */
export function proxyBlob(blobs: BlobStorage, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-origin", "*");
  response.setHeader("access-control-expose-headers", "*");
  if (request.method === "OPTIONS") {
    answerPreflight(request, response);
    return;
  }
  const { target } = blobs;
  if (!methodsFor(request).includes(request.method ?? ""))
    refuse(request, response, 405, "UnsupportedHttpVerb");
  // There can't be a valid signature of a blob storage that doesn't run.
  else if (target === undefined) refuse(request, response, 403, "AuthenticationFailed");
  else forward(target, request, response);
}

function methodsFor({ url = "" }: IncomingMessage): readonly string[] {
  return accountPath.test(url) ? [...uploadMethods, "DELETE"] : uploadMethods;
}

function forward(
  { port, account }: { readonly port: number; readonly account: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !hopHeaders.has(name)),
  );
  const forwarded = requestHttp({
    host: "127.0.0.1",
    port,
    method: request.method,
    path: accountPath.test(request.url ?? "") ? request.url : `/${account}${request.url}`,
    // A new connection for each request: a kept one may be closed at the same moment. It has keep-alive all the same,
    // because a refusal would be lost if the blob storage closed the connection before it has read everything.
    headers: { ...headers, connection: "keep-alive" },
    agent: false,
  });
  forwarded.on("response", (answer) => {
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !hopHeaders.has(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.statusCode ?? 502);
    answer.pipe(response, { end: false });
    answer.on("error", () => response.destroy());
    // A client that is refused early receives the response after it has sent everything. It would not receive it if its
    // connection were cut.
    answer.on("end", () => {
      request.unpipe(forwarded).resume();
      forwarded.destroy();
      if (request.readableEnded) response.end();
      else request.on("end", () => response.end());
    });
  });
  forwarded.on("error", () => {
    if (!response.headersSent) refuse(request, response, 503, "ServerBusy");
    else if (!response.writableEnded) response.destroy();
  });
  response.on("close", () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  request.on("error", () => forwarded.destroy());
  request.pipe(forwarded);
}

function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("access-control-allow-methods", methodsFor(request).join(", "));
  response.setHeader(
    "access-control-allow-headers",
    request.headers["access-control-request-headers"] ?? "*",
  );
  response.setHeader("access-control-max-age", "86400");
  response.writeHead(204).end();
}

/** Sends an error in the form of the blob storage. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number, code: string): void {
  request.resume();
  response.setHeader("content-type", "application/xml");
  response.setHeader("x-ms-error-code", code);
  response.writeHead(status);
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
  );
}
