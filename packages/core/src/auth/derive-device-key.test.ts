import { describe, expect, it } from "vitest";
import { deriveDeviceKey } from "./derive-device-key.ts";

const groupKey = "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==";

describe("deriveDeviceKey", () => {
  it("derives the key of the documentation", async () => {
    expect(await deriveDeviceKey(groupKey, "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6")).toBe(
      "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=",
    );
  });

  it("derives the same key, however the group's is written", async () => {
    const expected = await deriveDeviceKey(groupKey, "id");
    for (const key of [
      `${groupKey}\n`,
      groupKey.replace(/=+$/, ""),
      groupKey.replace(/\+/g, "-").replace(/\//g, "_"),
    ])
      expect(await deriveDeviceKey(key, "id")).toBe(expected);
  });

  it("uses the registration id as it is written", async () => {
    expect(await deriveDeviceKey(groupKey, "Device")).not.toBe(await deriveDeviceKey(groupKey, "device"));
  });

  it.each([
    ["", "id", "invalid_key"],
    ["not base64!", "id", "invalid_key"],
    [undefined as unknown as string, "id", "invalid_key"],
    [groupKey, "", "invalid_argument"],
    [groupKey, undefined as unknown as string, "invalid_argument"],
  ])("refuses %j for %j", async (key, registrationId, code) => {
    const error = await deriveDeviceKey(key, registrationId).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ArgumentError", code });
    expect(String(error)).not.toContain(groupKey);
  });
});
