import { Hono } from "hono";
import { type FaultName, faultNames, faultTable } from "../faults/fault-table.ts";
import type { Faults } from "../faults/faults.ts";
import { HubError } from "../hub/hub-error.ts";
import { arrangeArguments, parametersOf } from "../schema/signature.ts";
import { decodeFields, parseBody } from "./request-fields.ts";

/** `/control/faults`: a fault by its name; `GET` lists the rules in force, `DELETE` ends them. */
export function faultRoutes(faults: Faults): Hono {
  const app = new Hono();
  app.get("/", (context) => context.json(faults.rules(context.req.query("deviceId"))));
  app.delete("/", async (context) => {
    await faults.clear(context.req.query("deviceId"));
    return context.body(null, 204);
  });
  app.post("/:name", async (context) => {
    const name = faultNamed(context.req.param("name"));
    const fault = faultTable[name];
    const values = decodeFields(parametersOf(fault), parseBody(await context.req.text()));
    const inject = faults[name] as (...args: unknown[]) => unknown;
    return context.json({ applied: (await inject(...arrangeArguments(fault, values))) ?? true });
  });
  return app;
}

function faultNamed(name: string): FaultName {
  const found = faultNames.find((each) => each === name);
  if (found !== undefined) return found;
  throw new HubError(
    "ArgumentInvalid",
    `There is no fault '${name}'; the faults are ${faultNames.join(", ")}.`,
  );
}
