import { Mqtt, MqttWs } from "azure-iot-device-mqtt";
import { afterAll } from "vitest";
import { c2dSuite } from "./node/c2d.ts";
import { connectingSuite } from "./node/connecting.ts";
import { gatewaySuite } from "./node/gateway.ts";
import { httpsSuite } from "./node/https.ts";
import { methodSuite } from "./node/methods.ts";
import { programSuite } from "./node/programs.ts";
import { reconnectingSuite } from "./node/reconnecting.ts";
import { telemetrySuite } from "./node/telemetry.ts";
import { twinSuite } from "./node/twins.ts";
import { startOfficialHub } from "./official-hub.ts";
import { describeUnless } from "./skipping.ts";

const { emulator: hub, refused } = await startOfficialHub();
afterAll(() => hub.close());
const gateway = await startOfficialHub("contoso.azure-devices.net");
afterAll(() => gateway.emulator.close());

for (const [Transport, transport, port] of [
  [Mqtt, "tls", 8883],
  [MqttWs, "wss", 443],
] as const) {
  describeUnless(refused[port], `azure-iot-device over ${Transport.name}`, () => {
    const fixtures = { hub, Transport, transport };
    connectingSuite(fixtures);
    telemetrySuite(fixtures);
    c2dSuite(fixtures);
    twinSuite(fixtures);
    methodSuite(fixtures);
    reconnectingSuite(fixtures);
    programSuite(fixtures);
  });
  describeUnless(gateway.refused[port], `azure-iot-device over ${Transport.name} by GatewayHostName`, () => {
    gatewaySuite({ hub: gateway.emulator, Transport, transport });
  });
}

describeUnless(refused[443], "azure-iot-device over Http", () => httpsSuite(hub));
