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

  it.each(["", "a\ud800b", "x".repeat(1001)])(
    "takes no operation id that no topic can carry",
    (operationId) => {
      expect(readRegistration({ operationId }).operationId).toBeUndefined();
    },
  );

  it.each([{ toString: 1, valueOf: 1 }, 1, null])("takes no certificate chain with %j in it", (der) => {
    const registrationState = { issuedCertificateChain: ["AA==", der] };
    expect(readRegistration({ registrationState }).registrationState?.issuedCertificateChain).toBeUndefined();
  });
});
