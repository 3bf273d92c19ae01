import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import type { Emulator } from "../api/emulator.ts";
import { faultTable } from "../faults/fault-table.ts";
import { readBody } from "../http/body.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import type { ControlAccess } from "./access.ts";
import { eventStream } from "./event-stream.ts";
import { type HandlerSources, handlersOf, type OpenEvents } from "./handlers.ts";
import { jsonStream } from "./json-stream.ts";
import type { HubStatus } from "./metrics.ts";
import { type Operation, pathsOf } from "./operation.ts";
import type { JoinMethods } from "./operations/joining.ts";
import { faultOperations, operations } from "./operations.ts";
import { readArguments } from "./request.ts";
import { statusPaths, statusRoutes } from "./status-routes.ts";

const allowMethods = ["GET", "POST", "PATCH", "DELETE"];
// The largest message in base64, and room for its properties.
const maxBodyBytes = 1024 * 1024;
// These need no token: they contain nothing secret, and clients read the certificate before they can trust the hub.
const publicPaths = new Set(["/control/ca.pem", "/control/ca.p12", ...statusPaths]);

/** Options of {@link createControlApi}. */
export interface ControlApiOptions extends HandlerSources {
  /** The rules for who may use it. */
  readonly access: ControlAccess;
  /** The status of the hub, for `/health`, `/version` and `/metrics`, which are missing without it. */
  readonly status?: HubStatus;
  readonly joining: JoinMethods;
}

/** The control API as a function of requests. */
export type ControlApi = (request: Request) => Response | Promise<Response>;

/**
 * Creates the control API: the methods of `Emulator` as JSON over HTTP, for other languages and for web pages.
 */
export function createControlApi(
  emulator: Emulator,
  { access, status, joining, ...sources }: ControlApiOptions,
): ControlApi {
  const app = new Hono();
  const origin = (from: string): string | null => (access.allowsOrigin(from) ? from : null);
  app.use("*", async ({ req, res }, next) => {
    // Pages of other origins read nothing, not even as a script or a style sheet.
    res.headers.set("x-content-type-options", "nosniff");
    access.checkOrigin(req.raw);
    await next();
  });
  app.use("*", cors({ origin, exposeHeaders: ["iothub-errorcode"], allowMethods }));
  app.use("*", async ({ req }, next) => {
    access.check(req.raw, publicPaths.has(req.path));
    await next();
  });
  if (status !== undefined) app.route("/", statusRoutes(status));
  addRoutes(app, operations, { ...emulator, ...handlersOf(emulator, sources), ...joining });
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
          body: await readBody(context.req.raw, operation.maxBodyBytes ?? maxBodyBytes),
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
  if (mediaType === "text/event-stream") return eventStream(result as OpenEvents);
  if (mediaType !== undefined) {
    return new Response(result as string | Uint8Array<ArrayBuffer>, {
      headers: { "content-type": mediaType },
    });
  }
  if (operation.answer === undefined) return context.body(null, 204);
  if (isIterator(result)) return jsonStream(result);
  // A fault that needs no connection returns nothing: it always applies.
  const body = answerIn === undefined ? result : { [answerIn]: result ?? true };
  return Response.json(body, { status });
}

/** Whether a result is the JSON of the answer in pieces. */
function isIterator(result: unknown): result is Iterator<string> {
  return (
    typeof result === "object" && result !== null && "next" in result && typeof result.next === "function"
  );
}

function refusal(error: HubError): Response {
  return Response.json(
    { name: error.name, ...error.toBody() },
    { status: error.statusCode, headers: { "iothub-errorcode": error.name } },
  );
}
