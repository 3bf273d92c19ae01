import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vector } from "../../testing/vectors.ts";
import { parseUserName } from "./user-name.ts";

describe("user names", () => {
  it.each([
    [
      "connect-01",
      "2019-10-01",
      "azure-iot-device-iothub-py/2.14.0(3.11.7;Linux #1 SMP Debian 6.1.0;x86_64)",
    ],
    [
      "connect-02",
      "2019-10-01",
      "azure-iot-device-iothub-py/2.14.0(3.11.7;Linux #1 SMP Debian 6.1.0;x86_64)",
    ],
    [
      "connect-05",
      "2019-10-01",
      "azure-iot-device-iothub-py/2.14.0(3.11.7;Linux #1 SMP Debian 6.1.0;x86_64)",
    ],
    ["connect-06", "2021-04-12", "azure-iot-device/1.18.4 (node v20.20.2; Debian 12; x64)"],
    ["connect-07", "2021-04-12", "azure-iot-device/1.18.4 (node v20.20.2; Debian 12; x64)"],
    ["connect-08", "2021-04-12", "azure-iot-device/1.18.4 (node v20.20.2; Debian 12; x64)"],
  ])("are read as the official SDKs send them: %s", (id, apiVersion, agent) => {
    const { username, clientId } = vector(id).expected as { username: string; clientId: string };
    const name = parseUserName(username, clientId);
    expect(name).toMatchObject({ hostName: "myhub.azure-devices.net", apiVersion });
    expect(typeof name === "object" && name.parameters.get("DeviceClientType")).toBe(agent);
  });

  it.each([
    ["connect-04", "dtmi:com:example:Thermostat;1"],
    ["connect-10", "dtmi:com:example:Thermostat;1"],
  ])("contain a model id, encoded or not: %s", (id, modelId) => {
    const { username, clientId } = vector(id).expected as { username: string; clientId: string };
    const name = parseUserName(username, clientId);
    expect(typeof name === "object" && name.parameters.get("model-id")).toBe(modelId);
  });

  it("keep reserved characters and unicode of the product info", () => {
    const { username, clientId } = vector("connect-03").expected as { username: string; clientId: string };
    const name = parseUserName(username, clientId);
    expect(typeof name === "object" && name.parameters.get("DeviceClientType")).toContain(
      "; MyApp/1.0 (ÄÖ & co)",
    );
  });

  it.each([
    ["h/d/api-version=2018-06-30", "2018-06-30"],
    ["h/d/?api-version=1&api-version=2", "1"],
    ["h/d/?x&&=y&api-version=1", "1"],
    ["h/d?a=b#/?api-version=1", "1", "d?a=b#"],
  ])("can be '%s'", (text, apiVersion, clientId = "d") => {
    expect(parseUserName(text, clientId)).toMatchObject({ hostName: "h", apiVersion });
  });

  it.each([
    ["", "malformed"],
    ["h", "malformed"],
    ["/d/?api-version=1", "malformed"],
    ["h/d/m", "malformed"],
    ["h/dm", "malformed"],
    ["just text", "malformed"],
    ["h/other/?api-version=1", "identityMismatch"],
    ["h/d/m/?api-version=1", "malformed"],
    ["h/dd/?a=b&api-version=1", "identityMismatch"],
  ])("'%s' for client d: %s", (text, fault) => {
    expect(parseUserName(text, "d")).toBe(fault);
  });

  it.each(["h/d", "h/d/", "h/d/?", "h/d/?api-version=", "h/d/?DeviceClientType=x", "h/d/DeviceClientType=x"])(
    "'%s' have no api-version",
    (text) => {
      expect(parseUserName(text, "d")).toMatchObject({ hostName: "h", apiVersion: undefined });
    },
  );

  it("are parsed without exceptions", () => {
    fc.assert(fc.property(fc.string(), fc.string(), (text, id) => void parseUserName(text, id)));
  });
});
