import { type ClientOptions, IoTHubDeviceClient } from "@isohub/node";
import { describe, expect, it } from "vitest";
import { freshId, shutDownAtEnd, withParts } from "./device.ts";
import { providedHub } from "./provided-hub.ts";

const { hub, ca } = providedHub();
const wrongKey = "d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3I=";
const threeHours = 10_800;

/** Connects a device to a hub of the test, and returns the error. */
async function refusalOf(
  options: ClientOptions,
  { skew = 0, key }: { skew?: number; key?: string } = {},
): Promise<unknown> {
  const own = await hub.openHub(freshId("hub"));
  const { connectionString } = await own.createDevice(freshId());
  await own.faults.skewClock(skew);
  const client = shutDownAtEnd(
    IoTHubDeviceClient.createFromConnectionString(
      key === undefined ? connectionString : withParts(connectionString, { SharedAccessKey: key }),
      { serverVerificationCert: ca, ...options },
    ),
  );
  return client.connect().then(
    () => new Error("It connected"),
    (error: unknown) => error,
  );
}

describe.each([
  ["TLS", false],
  ["WebSockets", true],
])("a refusal over %s", (_, websockets) => {
  it("because this machine's clock is behind is explained by both clocks", async () => {
    expect(await refusalOf({ websockets }, { skew: threeHours })).toMatchObject({
      code: "not_authorized",
      message: expect.stringMatching(
        /CONNACK 5: not authorized: its token ended at 2\S+Z, and this machine's clock is 3 h behind the hub's$/,
      ),
      remediation: "Correct this machine's clock, for example with NTP",
    });
  });

  it("although this machine's clock is ahead mentions it", async () => {
    expect(await refusalOf({ websockets }, { skew: -threeHours, key: wrongKey })).toMatchObject({
      message: expect.stringMatching(
        /is valid until 2\S+Z, and this machine's clock is 3 h ahead of the hub's$/,
      ),
      remediation: expect.stringContaining("Check that the device exists in this hub and is enabled"),
    });
  });

  it("of a wrong key excludes the clock", async () => {
    expect(await refusalOf({ websockets }, { key: wrongKey })).toMatchObject({
      message: expect.stringMatching(/is valid until 2\S+Z, and this machine's clock agrees with the hub's$/),
      remediation: expect.stringContaining("that its key or token is correct"),
    });
  });
});

it("no request is sent after a refusal if checkClock is off", async () => {
  expect(await refusalOf({ checkClock: false }, { skew: threeHours })).toMatchObject({
    message: expect.stringMatching(/CONNACK 5: not authorized: its token is valid until 2\S+Z$/),
    remediation: expect.stringContaining("this machine's clock"),
  });
});
