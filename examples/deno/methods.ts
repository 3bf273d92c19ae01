// Answers direct methods, until Ctrl+C.
// deno run --allow-net methods.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient, MethodResponse } from "@isohub/deno";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.args[0] ?? "");
Deno.addSignalListener("SIGINT", () => client.shutdown());

client.handleMethod("add", ({ payload }) => {
  const { a, b } = (payload ?? {}) as { a?: unknown; b?: unknown };
  if (typeof a !== "number" || typeof b !== "number") {
    return { status: 400, payload: { message: "a and b must be numbers" } };
  }
  console.log(`adds ${a} and ${b}`);
  return { status: 200, payload: { sum: a + b } };
});

// Whatever has no handler of its own. Without this one the hub is told 404.
client.onMethodRequestReceived = async (request) => {
  console.log(`does not know ${request.name}`);
  await client.sendMethodResponse(MethodResponse.createFromMethodRequest(request, 501));
};

await client.connect();
console.log("waits for calls");
