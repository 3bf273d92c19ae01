// Responds to direct methods while the page is open.
import { IoTHubDeviceClient } from "@isohub/browser";
import { connectionStringOf } from "./hub.js";
import { log } from "./log.js";

const client = IoTHubDeviceClient.createFromConnectionString(await connectionStringOf("page-methods"));

client.handleMethod("add", ({ payload }) => {
  const { a, b } = /** @type {{ a?: unknown, b?: unknown }} */ (payload ?? {});
  if (typeof a !== "number" || typeof b !== "number") {
    return { status: 400, payload: { message: "a and b must be numbers" } };
  }
  log(`adding ${a} and ${b}`);
  return { status: 200, payload: { sum: a + b } };
});

await client.connect();
log("waiting for method calls");
