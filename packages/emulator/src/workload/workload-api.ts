import { decodeBase64, encodeBase64, hmacSha256 } from "@isohub/core/internal";
import { Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { readJsonBody } from "../http/body.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";

/** Options of {@link createWorkloadApi}. */
export interface WorkloadApiOptions {
  readonly hub: Hub;
  /** The device whose modules are served. */
  readonly deviceId: string;
  /** PEM of the certificate authority that modules must trust. */
  readonly ca: string;
}

interface SignRequest {
  readonly keyId?: unknown;
  readonly algo?: unknown;
  readonly data?: unknown;
}

/** An error response with its message. */
class WorkloadError extends Error {
  readonly statusCode: ContentfulStatusCode;

  constructor(statusCode: ContentfulStatusCode, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const versionRule = /^\d{4}-\d{2}-\d{2}(-preview)?$/;

/**
 * Creates the workload API of an Edge device, as far as clients use it: the trust bundle, and signatures.
 *
 * @source IoT Edge workload API
 */
export function createWorkloadApi({ hub, deviceId, ca }: WorkloadApiOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const version = context.req.query("api-version") ?? "";
    if (!versionRule.test(version)) {
      throw new WorkloadError(400, `api-version must be a date such as 2019-01-30, got '${version}'`);
    }
    await next();
  });
  app.get("/trust-bundle", (context) => context.json({ certificate: ca }));
  app.post("/modules/:module/genid/:generation/sign", async (context) => {
    const { module: moduleId, generation } = context.req.param();
    const record = hub.registry.find({ deviceId, moduleId });
    if (record?.generationId !== generation || record.primaryKey === "") {
      throw new WorkloadError(404, `There is no key of the module ${moduleId} of generation ${generation}`);
    }
    const { keyId, algo, data } = ((await readJsonBody(context.req.raw)) ?? {}) as SignRequest;
    const key =
      keyId === "primary" ? record.primaryKey : keyId === "secondary" ? record.secondaryKey : undefined;
    if (key === undefined) throw new WorkloadError(400, `keyId must be primary or secondary, got '${keyId}'`);
    if (algo !== "HMACSHA256") throw new WorkloadError(400, `algo must be HMACSHA256, got '${algo}'`);
    const bytes = typeof data === "string" ? decodeBase64(data) : undefined;
    if (bytes === undefined) throw new WorkloadError(400, "data must be base64");
    const digest = await hmacSha256(decodeBase64(key) ?? new Uint8Array(), bytes);
    return context.json({ digest: encodeBase64(digest) });
  });
  app.notFound((context) =>
    context.json({ message: `There is no ${context.req.method} ${context.req.path}` }, 404),
  );
  app.onError((error, context) => {
    const status = error instanceof WorkloadError ? error.statusCode : error instanceof HubError ? 413 : 500;
    return context.json({ message: error.message }, status);
  });
  return app;
}
