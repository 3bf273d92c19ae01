import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";
import { type Context, Hono } from "hono";
import type { Certificate } from "../certificates/certificate.ts";
import { verifySas } from "../hub/credentials/sas-verification.ts";
import type { HostNames } from "../hub/host-names.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import type { EnrollmentRecord } from "../provisioning/enrollment.ts";
import type { Enrollments } from "../provisioning/enrollments.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import { readRestEnrollment, restAttestation, restEnrollment } from "../provisioning/rest-enrollment.ts";
import { readObjectBody } from "./body.ts";

/** Options of {@link createProvisioningServiceApi}. */
export interface ProvisioningServiceOptions {
  readonly provisioning: Provisioning;
  readonly hostNames: HostNames;
  now(): number;
  parseCertificate(pem: string): Certificate;
}

const owner = "provisioningserviceowner";
const prefix = /^\/(enrollments|enrollmentgroups|registrations)(\/|$)/i;

/**
 * Creates the HTTPS API that manages enrollments. It returns `undefined` for requests that aren't for it.
 *
 * @source DPS REST, service
 */
export function createProvisioningServiceApi(
  options: ProvisioningServiceOptions,
): (request: Request) => Promise<Response> | undefined {
  const { provisioning } = options;
  const app = new Hono();
  app.use(async (context, next) => {
    if (!context.req.query("api-version")) {
      throw new HubError("ArgumentInvalid", "The query must have an api-version.");
    }
    await authorize(context.req.header("authorization"), options);
    return next();
  });
  app.route("/enrollments", enrollmentRoutes(options, provisioning.individual));
  app.route("/enrollmentgroups", enrollmentRoutes(options, provisioning.groups));
  app.get("/registrations/:id", (context) => context.json(provisioning.state(context.req.param("id"))));
  app.delete("/registrations/:id", (context) => {
    provisioning.forget(context.req.param("id"));
    return context.body(null, 204);
  });
  app.post("/registrations/:id/query", (context) =>
    page(context, provisioning.states(context.req.param("id"))),
  );
  app.onError((error) => {
    const hubError = hubErrorOf(error);
    return Response.json(hubError.toBody(), { status: hubError.statusCode });
  });
  return (request) => {
    const url = new URL(request.url);
    if (!prefix.test(url.pathname)) return undefined;
    // Clients differ in the case of `enrollmentGroups`.
    url.pathname = url.pathname.replace(/^\/[a-z]+/i, (word) => word.toLowerCase());
    return Promise.resolve(app.fetch(new Request(url, request)));
  };
}

function enrollmentRoutes(
  { provisioning, parseCertificate }: ProvisioningServiceOptions,
  list: Enrollments,
): Hono {
  const isGroups = list === provisioning.groups;
  const app = new Hono();
  const view = (record: EnrollmentRecord): JsonObject => {
    const state = isGroups
      ? undefined
      : provisioning.states().find(({ registrationId }) => list.find(registrationId) === record);
    return restEnrollment(record, state);
  };
  const remove = (id: string): void =>
    isGroups ? provisioning.deleteGroup(id) : provisioning.deleteEnrollment(id);
  app.post("/query", (context) => page(context, list.list().map(view)));
  app.post("/:id/attestationmechanism", (context) =>
    context.json(restAttestation(list.require(context.req.param("id")))),
  );
  app.get("/:id", (context) => context.json(view(list.require(context.req.param("id")))));
  app.put("/:id", async (context) => {
    const id = context.req.param("id");
    checkMatch(list.find(id), context.req.header("if-match"));
    return context.json(
      view(list.put(id, readRestEnrollment(await readObjectBody(context.req.raw), parseCertificate))),
    );
  });
  app.delete("/:id", (context) => {
    const id = context.req.param("id");
    checkMatch(list.require(id), context.req.header("if-match"));
    remove(id);
    return context.body(null, 204);
  });
  app.post("/", async (context) => {
    const { mode, enrollments } = await readObjectBody(context.req.raw);
    const errors: JsonObject[] = [];
    for (const item of Array.isArray(enrollments) ? enrollments.filter(isJsonObject) : []) {
      const registrationId = String(item["registrationId"]);
      try {
        if (mode === "delete") remove(registrationId);
        else {
          if (mode !== "create") list.require(registrationId);
          if (mode === "updateIfMatchEtag") checkMatch(list.find(registrationId), String(item["etag"]));
          const read = readRestEnrollment(item, parseCertificate);
          if (mode === "create") list.create(registrationId, read);
          else list.put(registrationId, read);
        }
      } catch (error) {
        if (!(error instanceof HubError)) throw error;
        errors.push({ registrationId, errorCode: error.errorCode, errorStatus: error.message });
      }
    }
    return context.json({ isSuccessful: errors.length === 0, errors });
  });
  return app;
}

async function authorize(
  token: string | undefined,
  { provisioning, hostNames, now }: ProvisioningServiceOptions,
): Promise<void> {
  const keys = { primaryKey: provisioning.ownerKey, secondaryKey: provisioning.ownerKey };
  const verdict = await verifySas(token ?? "", {
    hostNames,
    path: [],
    keys: [],
    policies: new Map([[owner, { name: owner, permissions: new Set(["ServiceConnect"] as const), ...keys }]]),
    permission: "ServiceConnect",
    now: now(),
    skewSeconds: 0,
  });
  if (!verdict.ok) throw new HubError("IotHubUnauthorizedAccess", `Unauthorized: ${verdict.reason}`);
}

// Ignores the query string: returns everything, a page at a time.
function page(context: Context, all: readonly object[]): Response {
  const from = Number(context.req.header("x-ms-continuation") ?? 0) || 0;
  const size = Number(context.req.header("x-ms-max-item-count") ?? 0) || all.length;
  if (from + size < all.length) context.header("x-ms-continuation", String(from + size));
  return context.json(all.slice(from, from + size));
}

function checkMatch(record: EnrollmentRecord | undefined, ifMatch: string | undefined): void {
  const etag = ifMatch?.replace(/^"(.*)"$/, "$1");
  if (etag === undefined || etag === "*" || etag === record?.etag) return;
  throw new HubError("PreconditionFailed", "If-Match must be the enrollment's etag.");
}
