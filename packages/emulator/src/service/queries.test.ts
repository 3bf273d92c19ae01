import { describe, expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import type { HttpsAnswer } from "../testing/https.ts";
import { type ServiceRequest, serviceRequest } from "../testing/service.ts";

const bench = new TestBench();
const query = (
  text: unknown,
  headers: Record<string, string> = {},
  more: ServiceRequest = {},
): Promise<HttpsAnswer> =>
  serviceRequest(bench.hub, "POST /devices/query", { body: { query: text }, headers, ...more });

describe("a query over REST", () => {
  it("returns twins and fields in pages, with the type of the items", async () => {
    const ids: string[] = [];
    for (let at = 0; at < 5; at++) {
      const id = await bench.newDevice();
      ids.push(id);
      await bench.hub.patchTags(id, { group: "paged", at });
    }
    const twins = await query("SELECT * FROM devices WHERE tags.group = 'paged'");
    expect([twins.status, twins.headers["x-ms-item-type"]]).toEqual([200, "twin"]);
    expect(twins.headers).not.toHaveProperty("x-ms-continuation");
    expect(twins.json[1]).toEqual(await bench.hub.getTwin(ids[1] ?? ""));
    const text = "SELECT deviceId FROM devices WHERE tags.group = 'paged'";
    const found: { deviceId: string }[] = [];
    let pages = 0;
    for (let continuation: string | undefined = ""; continuation !== undefined; pages++) {
      const page: HttpsAnswer = await query(text, {
        "x-ms-max-item-count": "2",
        ...(continuation === "" ? {} : { "x-ms-continuation": continuation }),
      });
      expect(page.headers["x-ms-item-type"]).toBe("raw");
      found.push(...page.json);
      continuation = page.headers["x-ms-continuation"] as string | undefined;
      // A device that is deleted between two pages doesn't hide another.
      if (pages === 0) await bench.hub.deleteDevice(ids[0] ?? "");
    }
    expect([pages, found.map(({ deviceId }) => deviceId)]).toEqual([3, ids]);
    const counted = await query("SELECT COUNT() AS n FROM devices WHERE tags.group = 'paged'");
    expect(counted.json).toEqual([{ n: 4 }]);
  });

  it("reads modules", async () => {
    const key = await bench.newModule("found");
    await bench.hub.patchDesired(key, { a: 1 });
    const { json } = await query(
      "SELECT deviceId, moduleId FROM devices.modules WHERE properties.desired.a = 1 AND devices.modules.moduleId = 'found'",
    );
    expect(json).toEqual([{ deviceId: key.split("/")[0], moduleId: "found" }]);
  });

  it("is refused with the place of the problem, and without the right to connect", async () => {
    const all = "SELECT * FROM devices";
    const refused: [Promise<HttpsAnswer>, number, string, string][] = [
      [query("SELECT"), 400, "ArgumentInvalid", "at character 7: expected a name, got the end"],
      [query(1), 400, "ArgumentInvalid", "query must be a string, got number"],
      [query(undefined), 400, "ArgumentInvalid", "query must be a string"],
      [query(all, { "x-ms-max-item-count": "0" }), 400, "ArgumentInvalid", "x-ms-max-item-count"],
      [query(all, { "x-ms-continuation": "x" }), 400, "ArgumentInvalid", "x-ms-continuation"],
      [query(all, {}, { policy: "registryReadWrite" }), 401, "IotHubUnauthorizedAccess", "ServiceConnect"],
      [query("SELECT jobId FROM devices.jobs"), 400, "ArgumentInvalid", "must select \\*"],
    ];
    for (const [answer, status, name, message] of refused) {
      const { status: given, json } = await answer;
      expect(given).toBe(status);
      expect(json.Message).toMatch(new RegExp(`^ErrorCode:${name};.*${message}`));
    }
    expect((await query(all, {}, { policy: "service" })).status).toBe(200);
  });
});
