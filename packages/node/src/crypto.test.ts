import { webCrypto } from "@isohub/core/runtime";
import { expect, it } from "vitest";
import { nodeCrypto } from "./crypto.ts";

it("signs like WebCrypto", async () => {
  const data = new TextEncoder().encode("hub/devices/d\n1");
  for (const length of [1, 32, 64, 65, 200]) {
    const key = Uint8Array.from({ length }, (_, at) => at);
    const signature = await nodeCrypto.hmacSha256(key, data);
    expect(signature).toEqual(await webCrypto.hmacSha256(key, data));
    expect(signature.buffer.byteLength).toBe(32);
  }
});
