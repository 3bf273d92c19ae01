import { describe, expect, it } from "vitest";
import {
  pollTopic,
  readRegistrationTopic,
  registerTopic,
  registrationFilter,
} from "./registration-topics.ts";

describe("registration topics", () => {
  // dps-01
  it("are those of the service", () => {
    const rid = "3f2b8c9e-8a77-4c67-9f0e-0d0f4c9d2a11";
    expect(registrationFilter).toBe("$dps/registrations/res/#");
    expect(registerTopic(rid)).toBe(`$dps/registrations/PUT/iotdps-register/?$rid=${rid}`);
    expect(pollTopic(rid, "5.71cfe7a6b03f4ab4.f4e5a0fc-1a2b")).toBe(
      `$dps/registrations/GET/iotdps-get-operationstatus/?$rid=${rid}&operationId=5.71cfe7a6b03f4ab4.f4e5a0fc-1a2b`,
    );
    expect(pollTopic("r", "a&b=c")).toContain("operationId=a%26b%3Dc");
  });

  it.each([
    ["$dps/registrations/res/202/?$rid=r1&retry-after=3", 202, "r1", 3000],
    ["$dps/registrations/res/200/?$rid=r1", 200, "r1", undefined],
    ["$dps/registrations/res/429/?retry-after=0&$rid=r1", 429, "r1", 0],
    ["$dps/registrations/res/200/?$rid=r1&retry-after=soon", 200, "r1", undefined],
    ["$dps/registrations/res/202/?$rid=r1&retry-after=2147484", 202, "r1", 3_600_000],
    ["$dps/registrations/res/202/?$rid=r1&retry-after=31536000", 202, "r1", 3_600_000],
    ["$dps/registrations/res/202/?$rid=r1&retry-after=1e102", 202, "r1", 3_600_000],
    ["$dps/registrations/res/202/?$rid=r1&retry-after=-5", 202, "r1", 0],
  ])("reads %s", (topic, status, requestId, retryAfterMs) => {
    expect(readRegistrationTopic(topic)).toEqual({ status, requestId, retryAfterMs });
  });

  it.each([
    "$dps/registrations/res/200/",
    "$dps/registrations/res/x/?$rid=1",
    "$iothub/twin/res/200/?$rid=1",
  ])("does not read %s", (topic) => {
    expect(readRegistrationTopic(topic)).toBeUndefined();
  });
});
