import { describe, expect, it } from "vitest";
import { readRegistration } from "./registration-result.ts";

describe("a registration result", () => {
  it("has every field of the service", () => {
    const state = {
      registrationId: "r",
      createdDateTimeUtc: "2025-01-01T00:00:00.000Z",
      assignedHub: "hub.example",
      deviceId: "d",
      status: "assigned",
      substatus: "deviceDataMigrated",
      lastUpdatedDateTimeUtc: "2025-01-02T00:00:00.000Z",
      etag: "e",
      payload: [1],
      issuedCertificateChain: ["AA==", "BB=="],
    };
    expect(readRegistration({ operationId: "o", status: "assigned", registrationState: state })).toEqual({
      operationId: "o",
      status: "assigned",
      registrationState: {
        registrationId: "r",
        deviceId: "d",
        assignedHub: "hub.example",
        status: "assigned",
        subStatus: "deviceDataMigrated",
        createdDateTime: "2025-01-01T00:00:00.000Z",
        lastUpdateDateTime: "2025-01-02T00:00:00.000Z",
        etag: "e",
        responsePayload: [1],
        issuedCertificateChain: ["AA==", "BB=="],
        errorCode: undefined,
        errorMessage: undefined,
      },
    });
  });

  it("takes nothing for what it is not", () => {
    expect(readRegistration({ operationId: 1, status: "lost", registrationState: [] })).toEqual({
      operationId: undefined,
      status: undefined,
      registrationState: undefined,
    });
  });
});
