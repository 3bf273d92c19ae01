import { expectEqual, outcomeOf, type VerifyCase } from "../case.ts";

/** Direct methods. */
export const methodCases: readonly VerifyCase[] = [
  {
    name: "methods: the device responds",
    needsStandardTier: true,
    async run({ newClient, service, deviceId }) {
      const client = newClient();
      client.handleMethod("add", ({ payload }) => {
        const { a, b } = Object(payload) as { a: number; b: number };
        return { status: 201, payload: { sum: a + b } };
      });
      await client.connect();
      const result = await service.callMethod(deviceId, "add", { a: 2, b: 3 });
      expectEqual("the response", [result.status, result.payload], [201, { sum: 5 }]);
    },
  },
  {
    name: "methods: a call of an offline device fails",
    needsStandardTier: true,
    async run({ service, deviceId }) {
      const outcome = await outcomeOf(service.callMethod(deviceId, "add", null));
      expectEqual("the status", outcome, "404");
    },
  },
];
