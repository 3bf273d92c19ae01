import { Hono } from "hono";
import type { Faults } from "../faults/faults.ts";
import { HubError } from "../hub/hub-error.ts";
import { defined, Fields } from "./fields.ts";

type Applied = boolean | undefined | Promise<void>;

const returnCodes = [1, 2, 3, 4, 5] as const;
const answers = ["puback", "suback", "pingresp", "twin"] as const;
const many = 1_000_000;

/** Each fault by its name in the path: `POST /control/faults/{name}` with its arguments as the body. */
const appliers: ReadonlyMap<string, (faults: Faults, fields: Fields) => Applied> = new Map(
  Object.entries({
    refuseConnects(faults: Faults, fields: Fields): Applied {
      const code = fields.integer("returnCode", 1, 5);
      const returnCode = returnCodes.find((one) => one === code) ?? 5;
      const options = connectOptions(fields);
      faults.refuseConnects(returnCode, options);
      return undefined;
    },
    withholdConnack(faults: Faults, fields: Fields): Applied {
      faults.withholdConnack(connectOptions(fields));
      return undefined;
    },
    mute(faults: Faults, fields: Fields): Applied {
      const answer = fields.choice("answer", answers);
      const deviceId = fields.text("deviceId");
      const times = fields.optionalInteger("times", 1, many);
      fields.end();
      faults.mute(answer, deviceId, defined({ times }));
      return undefined;
    },
    unmute(faults: Faults, fields: Fields): Applied {
      const answer = fields.choice("answer", answers);
      const deviceId = fields.text("deviceId");
      fields.end();
      faults.unmute(answer, deviceId);
      return undefined;
    },
    delayPuback(faults: Faults, fields: Fields): Applied {
      const deviceId = fields.text("deviceId");
      const ms = fields.integer("ms", 0, many);
      fields.end();
      faults.delayPuback(deviceId, ms);
      return undefined;
    },
    failTwin(faults: Faults, fields: Fields): Applied {
      const deviceId = fields.text("deviceId");
      const status = fields.integer("status", 300, 599);
      const options = defined({
        retryAfterSeconds: fields.optionalInteger("retryAfterSeconds", 0, many),
        times: fields.optionalInteger("times", 1, many),
        operation: fields.optionalChoice("operation", ["get", "patch"]),
      });
      fields.end();
      faults.failTwin(deviceId, { status, ...options });
      return undefined;
    },
    provisioning(faults: Faults, fields: Fields): Applied {
      const fail = fields.optionalObject("fail");
      const options = {
        registrationId: fields.optionalText("registrationId"),
        assigningPolls: fields.optionalInteger("assigningPolls", 0, many),
        retryAfterSeconds: fields.optionalInteger("retryAfterSeconds", 0, many),
        throttle: fields.optionalInteger("throttle", 0, many),
        throttlePolls: fields.optionalInteger("throttlePolls", 0, many),
        fail: fail === undefined ? undefined : failure(new Fields(fail)),
        dropAfterRegister: fields.any("dropAfterRegister") === true,
      };
      fields.end();
      faults.provisioning(defined(options));
      return undefined;
    },
    blackHole(faults: Faults, fields: Fields): Applied {
      const deviceId = fields.text("deviceId");
      fields.end();
      return faults.blackHole(deviceId);
    },
    drop(faults: Faults, fields: Fields): Applied {
      const deviceId = fields.text("deviceId");
      const options = defined({
        how: fields.optionalChoice("how", ["fin", "rst"]),
        afterPublishes: fields.optionalInteger("afterPublishes", 1, many),
        afterBytes: fields.optionalInteger("afterBytes", 0, 1_000_000_000),
      });
      fields.end();
      return faults.drop(deviceId, options);
    },
    publishRaw(faults: Faults, fields: Fields): Applied {
      const deviceId = fields.text("deviceId");
      const topic = fields.text("topic");
      const payload = fields.bytes("payload");
      fields.end();
      return faults.publishRaw(deviceId, topic, payload);
    },
    skewClock(faults: Faults, fields: Fields): Applied {
      const seconds = fields.integer("seconds", -1_000_000_000, 1_000_000_000);
      fields.end();
      faults.skewClock(seconds);
      return undefined;
    },
    stopListening: (faults: Faults, fields: Fields): Applied => end(fields) ?? faults.stopListening(),
    listenAgain: (faults: Faults, fields: Fields): Applied => end(fields) ?? faults.listenAgain(),
  }),
);

/** `/control/faults`: a fault by its name; `GET` lists the rules in force, `DELETE` ends them. */
export function faultRoutes(faults: Faults): Hono {
  const app = new Hono();
  app.get("/", (context) => context.json(faults.rules(context.req.query("deviceId"))));
  app.delete("/", async (context) => {
    await faults.clear(context.req.query("deviceId"));
    return context.body(null, 204);
  });
  app.post("/:name", async (context) => {
    const name = context.req.param("name");
    const apply = appliers.get(name);
    if (apply === undefined) {
      throw new HubError(
        "ArgumentInvalid",
        `There is no fault '${name}'; there are ${[...appliers.keys()].join(", ")}.`,
      );
    }
    const applied = await apply(faults, await Fields.of(context.req));
    return context.json({ applied: applied ?? true });
  });
  return app;
}

function connectOptions(fields: Fields): { times?: number; deviceId?: string } {
  const options = {
    times: fields.optionalInteger("times", 1, many),
    deviceId: fields.optionalText("deviceId"),
  };
  fields.end();
  return defined(options);
}

function failure(fields: Fields): { errorCode: number; message: string } {
  const errorCode = fields.integer("errorCode", 400_000, 599_999);
  const message = fields.text("message");
  fields.end();
  return { errorCode, message };
}

function end(fields: Fields): undefined {
  fields.end();
}
