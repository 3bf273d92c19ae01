import { describe, expect, it } from "vitest";
import * as page from "./browser.ts";
import * as node from "./index.ts";
import * as nodeMqttJs from "./mqttjs.ts";

const refusal = {
  name: "UnsupportedFeatureError",
  code: "unsupported_feature",
  message: "@isohub/node must run on Node, and was bundled for a page or worker",
  remediation: "Install @isohub/browser, and import that package instead",
};
const connectionString =
  "HostName=hub.example;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

describe("the package in a page", () => {
  it("has the names of both of its entries, so that a bundler finds them", () => {
    const names = [...Object.keys(node), ...Object.keys(nodeMqttJs)].sort();
    expect(Object.keys(page).sort()).toEqual(names);
  });

  it.each([
    ["a device client", () => page.IoTHubDeviceClient.createFromConnectionString(connectionString)],
    [
      "a module client",
      () => page.IoTHubModuleClient.createFromConnectionString(`${connectionString};ModuleId=m`),
    ],
    [
      "a provisioning client",
      () =>
        page.ProvisioningDeviceClient.createFromSymmetricKey(
          "global.example",
          "r1",
          "0ne000",
          "a2V5a2V5a2V5a2V5",
        ),
    ],
    ["a file storage", () => page.fileStorage("assignment")],
    ["a proxy from the environment", () => page.ProxyOptions.fromEnvironment()],
  ])("refuses %s with a coded error that names @isohub/browser", (_what, create) => {
    expect(create).toThrow(expect.objectContaining(refusal));
  });

  it("refuses the MQTT.js engine of Node at the first connection", async () => {
    await expect(page.mqttJsEngine.prepare()).rejects.toMatchObject(refusal);
  });
});
