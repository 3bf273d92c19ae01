import { decodePercent, isJsonObject } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { type Provisioning, refusal } from "../provisioning/provisioning.ts";
import type { ProvisioningAnswer } from "../provisioning/registration-record.ts";
import { readJsonBody } from "./body.ts";

/** Answers requests to the provisioning service. Returns `undefined` for requests that aren't for it. */
export type ProvisioningApi = (
  request: Request,
  certificates: () => readonly Certificate[],
) => Promise<Response> | undefined;

const path = /^\/(?!control\/)([^/]+)\/registrations\/([^/]+)(?:\/(register|operations\/([^/]+)))?\/?$/;

/**
 * Creates the HTTPS API of the provisioning service, for devices.
 *
 * @source DPS REST, Runtime Registration
 */
export function createProvisioningApi(hub: Hub, service: Provisioning): ProvisioningApi {
  return (request, certificates) => {
    const url = new URL(request.url);
    const [matched, ...parts] = path.exec(url.pathname) ?? [];
    if (matched === undefined) return undefined;
    const [idScope = "", registrationId = "", action, operationId] = parts.map((part) =>
      part === undefined ? undefined : decodePercent(part),
    );
    return answer(request, url, { idScope, registrationId, action, operationId }, certificates());
  };

  async function answer(
    request: Request,
    url: URL,
    { idScope, registrationId, action, operationId }: Target,
    certificates: readonly Certificate[],
  ): Promise<Response> {
    if (!url.searchParams.get("api-version")) {
      return reply(refusal(new HubError("ArgumentInvalid", "The query must have an api-version.")));
    }
    const token = request.headers.get("authorization") ?? undefined;
    const attested = await service.attest(idScope, registrationId, { token, certificates });
    if ("detail" in attested) {
      hub.events.emit("registrationRefused", { deviceId: registrationId }, attested);
      return reply(refusal(new HubError("IotHubUnauthorizedAccess", "Unauthorized")));
    }
    const { method } = request;
    if (method === "PUT" && action === "register") {
      const registered = service.register(attested, await bodyOf(request));
      return reply(registered, registered.status === 202 ? url : undefined);
    }
    if (method === "GET" && operationId !== undefined)
      return reply(service.poll(registrationId, operationId));
    if (method === "POST" && action === undefined) {
      try {
        return reply({ status: 200, body: service.state(registrationId) });
      } catch (error) {
        if (error instanceof HubError) return reply(refusal(error));
        throw error;
      }
    }
    return Response.json({ message: `There is no ${method} ${url.pathname}` }, { status: 405 });
  }
}

interface Target {
  readonly idScope: string;
  readonly registrationId: string;
  readonly action: string | undefined;
  readonly operationId: string | undefined;
}

function reply({ status, body, retryAfterSeconds }: ProvisioningAnswer, registered?: URL): Response {
  const headers = new Headers({ "content-type": "application/json; charset=utf-8" });
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  if (registered !== undefined && isJsonObject(body)) {
    const path = registered.pathname.replace(/register\/?$/, `operations/${body["operationId"]}`);
    headers.set("location", `${registered.origin}${path}${registered.search}`);
  }
  return new Response(JSON.stringify(body), { status, headers });
}

async function bodyOf(request: Request): Promise<unknown> {
  return readJsonBody(request).catch(() => undefined);
}
