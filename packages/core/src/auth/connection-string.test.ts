import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";

const value = fc.string({ unit: "binary", minLength: 1 }).filter((text) => !text.includes(";"));

describe("parseConnectionString", () => {
  it("gives each part back as it was, in any order, with '=' and any unicode in the values", () => {
    const device = fc.record(
      {
        HostName: value,
        DeviceId: value,
        SharedAccessKey: value,
        ModuleId: value,
        GatewayHostName: value,
        SharedAccessKeyName: value,
      },
      { requiredKeys: ["HostName", "DeviceId", "SharedAccessKey"] },
    );
    fc.assert(
      fc.property(device, fc.infiniteStream(fc.nat()), (parts, order) => {
        const entries = Object.entries(parts)
          .map(([key, text]) => ({ place: order.next().value, part: `${key}=${text}` }))
          .sort((a, b) => a.place - b.place);
        expect(parseConnectionString(entries.map(({ part }) => part).join(";"))).toEqual(parts);
      }),
    );
  });

  it("trims nothing: a space is part of a value", () => {
    expect(parseConnectionString("HostName= h ;DeviceId=d;SharedAccessKey=k=")).toEqual({
      HostName: " h ",
      DeviceId: "d",
      SharedAccessKey: "k=",
    });
  });

  it("accepts nothing but texts, and never throws anything but its own error", () => {
    const parts = fc.array(
      fc.oneof(
        fc.constantFrom("HostName=h", "DeviceId=d", "SharedAccessKey=k", "x509=true", "ModuleId", "="),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(parts, (some) => {
        try {
          const parsed = parseConnectionString(some.join(";"));
          expect(parsed.HostName).toBeTruthy();
          expect((parsed.DeviceId ?? parsed.SharedAccessKeyName)?.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_connection_string" });
        }
      }),
    );
  });
});
