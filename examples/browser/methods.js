// Responds to direct methods while the page is open.
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf, invokeMethod, showCurl } from "./hub.js";
import { log, onSubmit } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-methods"));

client.handleMethod("add", ({ payload }) => {
  const { a, b } = /** @type {{ a?: unknown, b?: unknown }} */ (payload ?? {});
  if (typeof a !== "number" || typeof b !== "number") {
    return { status: 400, payload: { message: "a and b must be numbers" } };
  }
  log(`adding ${a} and ${b}`);
  return { status: 200, payload: { sum: a + b } };
});

showCurl("POST", "/devices/page-methods/methods", { methodName: "add", payload: { a: 2, b: 3 } });
// A cloud service does this.
onSubmit("call", async (values) => {
  const payload = { a: Number(values.get("a")), b: Number(values.get("b")) };
  log("the cloud received", await invokeMethod("page-methods", "add", payload));
});

await client.connect();
log("waiting for method calls");
