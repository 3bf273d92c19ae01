// Responds to direct methods. Press Ctrl+C to stop.
// deno run --allow-net methods.ts "HostName=…;DeviceId=…;SharedAccessKey=…"
import { IoTHubDeviceClient, MethodResponse } from "isohub";

const client = IoTHubDeviceClient.createFromConnectionString(Deno.args[0] ?? "");
Deno.addSignalListener("SIGINT", () => client.shutdown());

client.handleMethod("add", ({ payload }) => {
  const { a, b } = (payload ?? {}) as { a?: unknown; b?: unknown };
  if (typeof a !== "number" || typeof b !== "number") {
    return { status: 400, payload: { message: "a and b must be numbers" } };
  }
  console.log(`adding ${a} and ${b}`);
  return { status: 200, payload: { sum: a + b } };
});

// Receives every call without its own handler. Without this listener, the client responds with status 404.
client.onMethodRequestReceived = async (request) => {
  console.log(`unknown method: ${request.name}`);
  await client.sendMethodResponse(MethodResponse.createFromMethodRequest(request, 501));
};

await client.connect();
console.log("waiting for method calls");
