import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../errors.ts";
import { MethodResponse } from "../../methods/method.ts";
import { payloadOf } from "../../mqtt/publish-packet.ts";
import { fromUtf8 } from "../../util/text.ts";
import { encodeResponse } from "./method-response.ts";

describe("encodeResponse", () => {
  it("writes the payload as JSON, null if there is none", () => {
    const payloads = [undefined, null, 0, "", { a: "°" }].map((payload) =>
      fromUtf8(payloadOf(encodeResponse(new MethodResponse("1a", 200, payload)))),
    );
    expect(payloads).toEqual(["null", "null", "0", '""', '{"a":"°"}']);
  });

  it("rejects a payload without a JSON form: ArgumentError invalid_argument", () => {
    for (const payload of [5n, () => {}, Symbol("s")]) {
      expect(() => encodeResponse(new MethodResponse("1a", 200, payload))).toThrow(ArgumentError);
    }
  });
});
