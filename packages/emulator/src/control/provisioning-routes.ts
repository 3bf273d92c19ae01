import type { JsonObject } from "@isohub/core";
import { Hono } from "hono";
import type { EmulatorHubs } from "../api/hubs.ts";
import type { EmulatorProvisioning } from "../api/provisioning.ts";
import { HubError } from "../hub/hub-error.ts";
import type { Attestation, EnrollmentGroupOptions, InitialTwin } from "../provisioning/enrollment.ts";
import { defined, Fields } from "./fields.ts";

const allocations = ["hashed", "geoLatency", "static"] as const;

/** `/control/enrollments`, `/control/enrollment-groups`, `/control/registrations`: who may register, and who has. */
export function provisioningRoutes(
  emulator: EmulatorProvisioning & Pick<EmulatorHubs<unknown>, "moveDevice">,
): Hono {
  const app = new Hono();
  app.get("/enrollments", async (context) => context.json(await emulator.listEnrollments()));
  app.post("/enrollments", async (context) => {
    const fields = await Fields.of(context.req);
    const registrationId = fields.text("registrationId");
    const deviceId = fields.optionalText("deviceId");
    const options = defined({ ...enrollmentOptions(fields), deviceId });
    fields.end();
    return context.json(await emulator.createEnrollment(registrationId, options), 201);
  });
  app.get("/enrollments/:id", async (context) =>
    context.json(await emulator.getEnrollment(context.req.param("id"))),
  );
  app.delete("/enrollments/:id", async (context) => {
    await emulator.deleteEnrollment(context.req.param("id"));
    return context.body(null, 204);
  });
  app.get("/enrollment-groups", async (context) => context.json(await emulator.listEnrollmentGroups()));
  app.post("/enrollment-groups", async (context) => {
    const fields = await Fields.of(context.req);
    const enrollmentGroupId = fields.text("enrollmentGroupId");
    const options = defined(enrollmentOptions(fields));
    fields.end();
    return context.json(await emulator.createEnrollmentGroup(enrollmentGroupId, options), 201);
  });
  app.get("/enrollment-groups/:id", async (context) =>
    context.json(await emulator.getEnrollmentGroup(context.req.param("id"))),
  );
  app.delete("/enrollment-groups/:id", async (context) => {
    await emulator.deleteEnrollmentGroup(context.req.param("id"));
    return context.body(null, 204);
  });
  app.get("/registrations/:id", async (context) =>
    context.json(await emulator.registrationState(context.req.param("id"))),
  );
  app.post("/registrations/:id/move", async (context) => {
    const fields = await Fields.of(context.req);
    const hub = fields.text("hub");
    fields.end();
    await emulator.moveDevice(context.req.param("id"), hub);
    return context.body(null, 204);
  });
  return app;
}

function enrollmentOptions(fields: Fields): {
  [Key in keyof EnrollmentGroupOptions]-?: EnrollmentGroupOptions[Key] | undefined;
} {
  const attestation = fields.optionalObject("attestation");
  const initialTwin = fields.optionalObject("initialTwin");
  const hubs = fields.any("hubs");
  if (hubs !== undefined && !isTexts(hubs)) throw invalid("'hubs' must be an array of texts");
  return {
    attestation: attestation === undefined ? undefined : attestationOf(attestation),
    hubs,
    allocation: fields.optionalChoice("allocation", allocations),
    initialTwin: initialTwin === undefined ? undefined : twinOf(initialTwin),
    payload: fields.any("payload"),
    reprovisionPolicy: fields.optionalChoice("reprovisionPolicy", ["migrate", "reset", "never"]),
    provisioningStatus: fields.optionalChoice("provisioningStatus", ["enabled", "disabled"]),
  };
}

function attestationOf(object: JsonObject): Attestation {
  const fields = new Fields(object);
  const type = fields.choice("type", ["symmetricKey", "x509"]);
  if (type === "symmetricKey") {
    const keys = {
      primaryKey: fields.optionalText("primaryKey"),
      secondaryKey: fields.optionalText("secondaryKey"),
    };
    fields.end();
    return { type, ...defined(keys) };
  }
  const ca = fields.any("ca");
  if (ca !== undefined && typeof ca !== "string" && !isTexts(ca)) {
    throw invalid("'ca' must be a text or an array of texts");
  }
  const thumbprints = {
    primaryThumbprint: fields.nullableText("primaryThumbprint"),
    secondaryThumbprint: fields.nullableText("secondaryThumbprint"),
  };
  fields.end();
  return { type, ...defined(thumbprints), ...(ca === undefined ? {} : { ca }) };
}

function twinOf(object: JsonObject): InitialTwin {
  const fields = new Fields(object);
  const twin = { tags: fields.optionalObject("tags"), desired: fields.optionalObject("desired") };
  fields.end();
  return defined(twin);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The request is not valid: ${rule}.`);
}
