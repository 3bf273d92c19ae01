import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { streamSSE } from "hono/streaming";
import type { Emulator } from "../api/emulator.ts";
import { faultTable } from "../faults/fault-table.ts";
import type { HubEvent } from "../hub/events.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import { handlersOf, type OpenEvents } from "./handlers.ts";
import { type Operation, pathsOf } from "./operation.ts";
import { faultOperations, operations } from "./operations.ts";
import { readArguments } from "./request.ts";

/** The control API as a function of requests. */
export type ControlApi = (request: Request) => Response | Promise<Response>;

/**
 * Creates the control API: the methods of `Emulator` as JSON over HTTP, for other languages and for web pages. It allows
 * pages of every origin, because the emulator binds to loopback by default.
 */
export function createControlApi(emulator: Emulator): ControlApi {
  const app = new Hono();
  app.use("/control/*", cors({ origin: "*", exposeHeaders: ["iothub-errorcode"] }));
  addRoutes(app, operations, { ...emulator, ...handlersOf(emulator) });
  addRoutes(app, faultOperations, { ...emulator.faults });
  app.post("/control/faults/:name", (context) => {
    const faults = Object.keys(faultTable).join(", ");
    const message = `There is no fault '${context.req.param("name")}'; the faults are ${faults}.`;
    throw new HubError("ArgumentInvalid", message);
  });
  app.notFound(({ req }) =>
    refusal(
      new HubError(
        "GenericNotFound",
        `There is no ${req.method} ${req.path}; /control/openapi.json lists the operations.`,
      ),
    ),
  );
  app.onError((error) => refusal(hubErrorOf(error)));
  return (request) => app.fetch(request);
}

/** Adds a route for each operation, which calls the method of the same name. */
function addRoutes(
  app: Hono,
  table: Readonly<Record<string, Operation>>,
  methods: Readonly<Record<string, unknown>>,
): void {
  for (const [name, operation] of Object.entries(table)) {
    const method = methods[name];
    if (typeof method !== "function") throw new Error(`the operation ${name} must have a method`);
    for (const path of pathsOf(operation)) {
      app.on(operation.method, `/control${routeOf(path)}`, async (context) => {
        const args = readArguments(operation, {
          path: context.req.param(),
          query: context.req.query(),
          body: await context.req.text(),
        });
        return answer(context, operation, await method(...args));
      });
    }
  }
}

/** Returns a path as Hono writes it: `:name` for a segment, `:name{.+}` for several. */
function routeOf(path: string): string {
  return path.replace(/\{(\+?)(\w+)\}/g, (_all, plus, name) => `:${name}${plus === "" ? "" : "{.+}"}`);
}

function answer(context: Context, operation: Operation, result: unknown): Response {
  const { mediaType, status = 200, answerIn } = operation;
  if (mediaType === "text/event-stream") return streamEvents(context, result as OpenEvents);
  if (mediaType !== undefined) {
    return new Response(result as string | Uint8Array<ArrayBuffer>, {
      headers: { "content-type": mediaType },
    });
  }
  if (operation.answer === undefined) return context.body(null, 204);
  // A fault that needs no connection returns nothing: it always applies.
  const body = answerIn === undefined ? result : { [answerIn]: result ?? true };
  return Response.json(body, { status });
}

function streamEvents(context: Context, open: OpenEvents): Response {
  return streamSSE(context, async (stream) => {
    const aborted = new AbortController();
    stream.onAbort(() => aborted.abort());
    const events = open(aborted.signal);
    // A reader waits for the head of the answer, which is sent with the first bytes.
    await stream.write(": listening\n\n");
    for await (const event of events) {
      await stream.writeSSE({ event: event.type, data: JSON.stringify(event satisfies HubEvent) });
    }
  });
}

function refusal(error: HubError): Response {
  return Response.json(
    { name: error.name, ...error.toBody() },
    { status: error.statusCode, headers: { "iothub-errorcode": error.name } },
  );
}
