import { expect } from "vitest";
import { freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import { providedHub, providedPlainHub } from "../provided-hub.ts";

/**
 * The body of a function `(connectionString, options, IoTHubDeviceClient) => Promise<string>`, for servers that run a device for
 * the duration of a request.
 */
export const deviceBody = `
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, { ...options, connectionRetry: false });
  try {
    const called = new Promise((resolve) => {
      client.handleMethod("ping", () => {
        setTimeout(resolve, 0);
        return { payload: "pong" };
      });
    });
    await client.sendMessage("x".repeat(100_000));
    const { desired } = await client.getTwin();
    await called;
    return "done " + desired.$version;
  } finally {
    await client.shutdown();
  }`;

/** Checks what the hub sees of a device that runs {@link deviceBody}. @param isPlain - over a WebSocket without TLS */
export async function expectHandledDevice(
  run: (connectionString: string, options: object) => Promise<string>,
  isPlain = false,
): Promise<void> {
  const { hub, ca } = isPlain ? providedPlainHub() : providedHub();
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const options = isPlain ? {} : { websockets: true, serverVerificationCert: ca };
  const result = run(connectionString, options);
  result.catch(() => {});
  const sent = eventually(async () => expect(await hub.telemetry(deviceId)).toHaveLength(1));
  // A device that fails ends before it has sent anything.
  await Promise.race([sent, result]);
  if ((await hub.telemetry(deviceId)).length === 1)
    expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: "pong" });
  expect(await result).toBe("done 1");
}
