import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, it } from "vitest";
import { call } from "../testing/control.ts";
import { TestBench } from "../testing/emulator.ts";
import { operations } from "./operations.ts";

const bench = new TestBench();

it("the OpenAPI document is valid and contains every operation", async () => {
  const { body, status } = await call(bench.hub, "GET", "/openapi.json");
  expect(status).toBe(200);
  const validator = new Validator();
  expect(await validator.validate(body as Record<string, unknown>)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
  const { paths } = body as { paths: Record<string, Record<string, { operationId: string }>> };
  const ids = Object.values(paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(ids).toEqual(expect.arrayContaining(Object.keys(operations)));
  expect(ids).toEqual(expect.arrayContaining(Object.keys(bench.hub.faults).map((name) => `faults.${name}`)));
  expect(new Set(ids).size).toBe(ids.length);
});
