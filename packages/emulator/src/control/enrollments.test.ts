import { describe, expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { TestBench } from "../testing/emulator.ts";

const bench = new TestBench();

describe("enrollments over the control API", () => {
  it("are created, read, listed and deleted", async () => {
    const initialTwin = { tags: { a: 1 }, desired: { b: 2 } };
    const attestation = { type: "symmetricKey" };
    const created = await call(bench.hub, "POST", "/enrollments", {
      ...{ registrationId: "one", deviceId: "dev", initialTwin, attestation, hubs: ["localhost"] },
      ...{ allocation: "static", payload: 1, reprovisionPolicy: "never", provisioningStatus: "disabled" },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { registrationId: "one", deviceId: "dev", initialTwin, reprovisionPolicy: "never" },
    });
    expect((await call(bench.hub, "GET", "/enrollments/ONE")).body).toEqual(created.body);
    expect((await call(bench.hub, "GET", "/enrollments")).body).toContainEqual(created.body);
    expect(await call(bench.hub, "POST", "/enrollments", { registrationId: "one" })).toMatchObject({
      status: 409,
      body: { name: "EnrollmentAlreadyExists" },
    });
    expect((await call(bench.hub, "DELETE", "/enrollments/one")).status).toBe(204);
    expect((await call(bench.hub, "GET", "/enrollments/one")).status).toBe(404);
    const group = await call(bench.hub, "POST", "/enrollment-groups", { enrollmentGroupId: "many" });
    expect(group).toMatchObject({ status: 201, body: { enrollmentGroupId: "many" } });
    expect((await call(bench.hub, "GET", "/enrollment-groups")).body).toEqual([group.body]);
    expect((await call(bench.hub, "DELETE", "/enrollment-groups/many")).status).toBe(204);
    expect((await call(bench.hub, "GET", "/registrations/nobody")).status).toBe(404);
  });

  it.each([
    [{ hubs: [1] }, "hubs must be an array of strings, got an array"],
    [{ attestation: { type: "tpm" } }, "attestation.type must be one of symmetricKey, x509, got 'tpm'"],
    [
      { attestation: { type: "x509", ca: 1 } },
      "attestation.ca must be a string or an array of strings, got 1",
    ],
    [{ initialTwin: { reported: {} } }, "'initialTwin.reported' isn't a field; the fields are tags, desired"],
    [{ hub: "x" }, "'hub' isn't a field; the fields are registrationId, attestation"],
  ])("are rejected if invalid: %j", async (options, message) => {
    const answer = await call(bench.hub, "POST", "/enrollments", { registrationId: "x", ...options });
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.stringify(answer.body)).toContain(message);
  });
});
