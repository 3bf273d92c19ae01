import type { ClientOptions, ConnectionString, IoTHubDeviceClient } from "@isohub/core";
import { describe, expect, it } from "vitest";
import { freshId, hostOf, quickRetries, shutDownAtEnd, underTest, withParts } from "../device.ts";
import { signDeviceToken } from "../device-token.ts";
import { eventually } from "../eventually.ts";
import { providedHub } from "../provided-hub.ts";

const { hub, ca } = providedHub();
const wrongKey = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3I=";
const threeHours = 10_800;

/** Connects a device to a hub of the test, and returns the error. */
async function refusalOf(
  clientClass: typeof IoTHubDeviceClient,
  options: ClientOptions,
  { skew = 0, parts }: { skew?: number; parts?: (host: string) => ConnectionString } = {},
): Promise<unknown> {
  const own = await hub.openHub(freshId("hub"));
  const { connectionString } = await own.createDevice(freshId());
  await own.faults.skewClock(skew);
  const client = shutDownAtEnd(
    clientClass.createFromConnectionString(
      withParts(connectionString, parts?.(hostOf(connectionString)) ?? {}),
      { serverVerificationCert: ca, ...options },
    ),
  );
  return client.connect().then(
    () => new Error("It connected"),
    (error: unknown) => error,
  );
}

/** Tests the explanations of refusals. */
export function refusalsSuite(clientClass: typeof IoTHubDeviceClient): void {
  describe.each([
    ["TLS", false],
    ["WebSockets", true],
  ])("a refusal over %s", (_, websockets) => {
    it("because this machine's clock is behind is explained by both clocks", async () => {
      expect(await refusalOf(clientClass, { websockets }, { skew: threeHours })).toMatchObject({
        code: "not_authorized",
        message: expect.stringMatching(
          /CONNACK 5: not authorized: its token ended at 2\S+Z, and this machine's clock is 3 h behind the hub's$/,
        ),
        remediation: "Correct this machine's clock, for example with NTP",
      });
    });

    it("although this machine's clock is ahead mentions it", async () => {
      expect(
        await refusalOf(
          clientClass,
          { websockets },
          { skew: -threeHours, parts: () => ({ SharedAccessKey: wrongKey }) },
        ),
      ).toMatchObject({
        message: expect.stringMatching(
          /is valid until 2\S+Z, and this machine's clock is 3 h ahead of the hub's$/,
        ),
        remediation: expect.stringContaining("Check that the device exists in this hub and is enabled"),
      });
    });

    it("of a wrong key excludes the clock", async () => {
      expect(
        await refusalOf(clientClass, { websockets }, { parts: () => ({ SharedAccessKey: wrongKey }) }),
      ).toMatchObject({
        message: expect.stringMatching(
          /is valid until 2\S+Z, and this machine's clock agrees with the hub's$/,
        ),
        remediation: expect.stringContaining("that its key or token is correct"),
      });
    });

    it("of an unknown device names what to check", async () => {
      const parts = (): ConnectionString => ({ DeviceId: "unknown" });
      expect(await refusalOf(clientClass, { websockets }, { parts })).toMatchObject({
        message: expect.stringContaining("refused 'unknown' with CONNACK 5"),
        remediation: expect.stringContaining("Check that the device exists in this hub and is enabled"),
      });
    });

    it("of another hub's name, through a gateway, has both names", async () => {
      const parts = (GatewayHostName: string): ConnectionString => ({
        HostName: "other.azure-devices.net",
        GatewayHostName,
      });
      expect(await refusalOf(clientClass, { websockets }, { parts })).toMatchObject({
        message: expect.stringContaining(
          "the client asked for the hub 'other.azure-devices.net', and its token",
        ),
        remediation: expect.stringContaining("that this is the hub behind the gateway"),
      });
    });

    it("of a supplied token that has ended names its end", async () => {
      const { connectionString, deviceId } = await hub.createDevice(freshId());
      const host = hostOf(connectionString);
      const end = Math.ceil(Date.now() / 1000) + 3;
      const token = await signDeviceToken(connectionString, host.replace(/:\d+$/, ""), end);
      const { client } = underTest(
        clientClass.createFromConnectionString(
          `HostName=${host};DeviceId=${deviceId};SharedAccessSignature=${token}`,
          { websockets, serverVerificationCert: ca, retryPolicy: quickRetries },
        ),
      );
      await client.connect();
      await eventually(() => expect(client.state.status).toBe("disconnected"));
      expect(client.state.reason).toMatchObject({
        code: "not_authorized",
        message: expect.stringContaining(`its token ended at ${new Date(end * 1000).toISOString()}`),
        remediation: "Supply a token that is still valid",
      });
    });
  });

  it("no request is sent after a refusal if checkClock is off", async () => {
    expect(await refusalOf(clientClass, { checkClock: false }, { skew: threeHours })).toMatchObject({
      message: expect.stringMatching(/CONNACK 5: not authorized: its token is valid until 2\S+Z$/),
      remediation: expect.stringContaining("this machine's clock"),
    });
  });
}
