import { expect, it } from "vitest";
import { TestBench } from "../../testing/emulator.ts";
import { serviceRequest } from "../../testing/service.ts";

const bench = new TestBench();

it("keys of devices and modules are regenerated, each by itself", async () => {
  const regenerate = (body: unknown) =>
    serviceRequest(bench.hub, "POST /devices/keys/regenerate", { body: body as object });
  const [id, moduleKey] = [await bench.newDevice(), await bench.newModule("m")];
  const keysOf = async (path: string) =>
    (await serviceRequest(bench.hub, `GET /devices/${path}`)).json.authentication.symmetricKey;
  const before = await keysOf(id);
  const primary = await regenerate({ policyKey: "primaryKey", devices: [{ id }] });
  const after = await keysOf(id);
  expect(primary).toMatchObject({
    status: 200,
    json: { policyKey: "primaryKey", rotatedKeys: [{ id, ...after }], errors: [] },
  });
  expect(after.primaryKey).not.toBe(before.primaryKey);
  expect(after.secondaryKey).toBe(before.secondaryKey);
  const [deviceId = ""] = moduleKey.split("/");
  const devices = [{ id: deviceId, moduleId: "m" }, { id: "missing" }];
  const both = await regenerate({ policyKey: "both", devices });
  const { status, json } = both;
  expect([status, json.errors]).toMatchObject([207, [{ id: "missing", errorCode: "DeviceNotFound" }]]);
  expect(json.rotatedKeys).toEqual([{ ...devices[0], ...(await keysOf(`${deviceId}/modules/m`)) }]);
  expect((await regenerate({ policyKey: "both", devices: [{ id: "missing" }] })).status).toBe(400);
  const third = await regenerate({ policyKey: "third", devices: [{ id }] });
  expect(third.headers["iothub-errorcode"]).toBe("InvalidPolicyKey");
  for (const wrong of [{ policyKey: "both" }, { policyKey: "both", devices: [1] }]) {
    expect((await regenerate(wrong)).headers["iothub-errorcode"]).toBe("ArgumentInvalid");
  }
});
