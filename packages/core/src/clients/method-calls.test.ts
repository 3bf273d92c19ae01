// Method calls of a module through gateways that answer in unusual ways.
import { describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import type { HttpRequest } from "../runtime/runtime.ts";
import { memoryPlatform } from "../testing/memory-platform.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { utf8 } from "../util/text.ts";
import { IoTHubModuleClient } from "./module-client.ts";

const connectionString =
  "HostName=hub.example;DeviceId=d1;ModuleId=m1;GatewayHostName=gateway.example;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

function moduleOf(body: string, status = 200) {
  const runtime = new MemoryRuntime();
  const requests: HttpRequest[] = [];
  runtime.onFetch = async (request) => {
    requests.push(request);
    return { status, headers: {}, body: utf8(body) };
  };
  class Module extends IoTHubModuleClient {
    protected static override readonly platform = memoryPlatform(runtime, engineOfThisRun());
  }
  return { client: Module.createFromConnectionString(connectionString), requests };
}

describe("a method call", () => {
  it("goes to the gateway, with ids as segments of the path", async () => {
    const { client, requests } = moduleOf('{"status":207,"payload":{"a":1}}');
    expect(await client.invokeMethod({ methodName: "x" }, "a%b", "$m")).toEqual({
      status: 207,
      payload: { a: 1 },
    });
    expect(requests).toMatchObject([
      { url: "https://gateway.example:443/twins/a%25b/modules/%24m/methods?api-version=2021-04-12" },
    ]);
    expect(requests[0]?.publicTrust).toBeUndefined();
  });

  it.each([
    ["..", undefined],
    [".", undefined],
    ["d1", ".."],
    ["d1", "."],
  ])("to an id that a URL would fold is rejected before connecting: %s, %s", async (deviceId, moduleId) => {
    const { client, requests } = moduleOf("{}");
    await expect(client.invokeMethod({ methodName: "x" }, deviceId, moduleId)).rejects.toMatchObject({
      name: "ArgumentError",
      code: "invalid_argument",
      message: expect.stringContaining("which URLs can't contain"),
    });
    expect(requests).toEqual([]);
  });

  it.each(["", "{}", "[]", "null", "<html>", '{"status":"200"}'])(
    "is rejected for the response %j",
    async (body) => {
      const { client } = moduleOf(body);
      await expect(client.invokeMethod({ methodName: "x" }, "d1")).rejects.toMatchObject({
        name: "ProtocolError",
        code: "protocol_error",
      });
    },
  );

  it("without a payload in its response has the payload null", async () => {
    const { client } = moduleOf('{"status":200}');
    expect(await client.invokeMethod({ methodName: "x" }, "d1")).toEqual({ status: 200, payload: null });
  });
});
