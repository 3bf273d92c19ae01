import { expect, it } from "vitest";
import { TestBench } from "../testing/emulator.ts";
import { serviceRequest } from "../testing/service.ts";

const bench = new TestBench();

it("a fault fails requests of services over one protocol, a number of times", async () => {
  const { faults } = bench.hub;
  await faults.failService({ status: 429, retryAfterSeconds: 7, times: 2, protocol: "HTTPS" });
  await faults.failService({ status: 503, protocol: "AMQP" });
  const answer = async (): Promise<unknown[]> => {
    const { status, headers } = await serviceRequest(bench.hub, "GET /devices");
    return [status, headers["iothub-errorcode"], headers["retry-after"]];
  };
  expect(await answer()).toEqual([429, "ThrottlingException", "7"]);
  expect(await answer()).toEqual([429, "ThrottlingException", "7"]);
  expect(await answer()).toEqual([200, undefined, undefined]);
  expect(faults.rules()).toEqual([{ fault: "failService", status: 503, protocol: "AMQP", times: 1 }]);
  await faults.failService({ status: 599 });
  expect(await answer()).toEqual([500, "ServerError", undefined]);
  await faults.clear();
  expect(faults.rules()).toEqual([]);
});
