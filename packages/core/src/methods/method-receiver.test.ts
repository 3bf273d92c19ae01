import { describe, expect, it } from "vitest";
import { iotHubDialect } from "../dialects/iothub/iothub-dialect.ts";
import { iotHubReceiving } from "../dialects/iothub/iothub-receiving.ts";
import { ArgumentError, ClientError, ProtocolError } from "../errors.ts";
import { Channel } from "../events/channel.ts";
import { payloadOf } from "../mqtt/publish-packet.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { type MethodRequest, MethodResponse } from "./method.ts";
import { type MethodHandler, MethodHandlers } from "./method-handlers.ts";
import { MethodReceiver } from "./method-receiver.ts";

function setUp(respond: () => Promise<void> = async () => {}): {
  receiver: MethodReceiver;
  handlers: MethodHandlers;
  channel: Channel<MethodRequest>;
  responses: MethodResponse[];
  reports: Error[];
  call: (name: string, body?: string | Uint8Array) => Promise<void>;
} {
  const channel = new Channel<MethodRequest>();
  const responses: MethodResponse[] = [];
  const reports: Error[] = [];
  const handlers = new MethodHandlers();
  const receiver = new MethodReceiver(
    channel,
    iotHubReceiving,
    handlers,
    (response) => {
      const { requestId, status } = response;
      const payload = fromUtf8(payloadOf(iotHubDialect.encodeResponse(response)));
      responses.push(new MethodResponse(requestId, status, JSON.parse(payload)));
      return respond();
    },
    (error) => reports.push(error),
  );
  const call = async (name: string, body: string | Uint8Array = ""): Promise<void> => {
    receiver.receive(name, "1a", typeof body === "string" ? utf8(body) : body);
    await new VirtualClock().advance(0);
  };
  return { receiver, handlers, channel, responses, reports, call };
}

describe("MethodReceiver: handlers of one method", () => {
  it("respond with what they return; status 200 and payload null by default", async () => {
    const { handlers, responses, call } = setUp();
    handlers.add("full", (request) => ({ status: 201, payload: { got: request.payload } }));
    handlers.add("later", async () => ({ payload: [1] }));
    handlers.add("empty", () => ({}));
    await call("full", '{"a":1}');
    await call("later");
    await call("empty");
    expect(responses).toEqual([
      new MethodResponse("1a", 201, { got: { a: 1 } }),
      new MethodResponse("1a", 200, [1]),
      new MethodResponse("1a", 200, null),
    ]);
  });

  it("that return nothing respond with 200 and null", async () => {
    const { handlers, responses, call } = setUp();
    const nothings: MethodHandler[] = [() => {}, () => undefined, async () => {}, async () => undefined];
    for (const [at, nothing] of nothings.entries()) {
      handlers.add(`nothing${at}`, nothing);
      await call(`nothing${at}`);
    }
    // @ts-expect-error neither a status nor a payload
    void ((() => "done") satisfies MethodHandler);
    // @ts-expect-error a payload without `{ payload }` around it
    void ((() => ({ temperature: 21 })) satisfies MethodHandler);
    expect(responses).toEqual(Array(4).fill(new MethodResponse("1a", 200, null)));
  });

  it("receive the request with its parsed payload, null for an empty body", async () => {
    const { handlers, call } = setUp();
    const requests: MethodRequest[] = [];
    handlers.add("m", (request) => {
      requests.push(request);
      return {};
    });
    await call("m", '"text"');
    await call("m", "null");
    await call("m");
    expect(requests).toEqual([
      { requestId: "1a", name: "m", payload: "text" },
      { requestId: "1a", name: "m", payload: null },
      { requestId: "1a", name: "m", payload: null },
    ]);
  });

  it("that return nothing, an empty object or a MethodResponse are answered", async () => {
    const { handlers, responses, reports, call } = setUp();
    const answers = [undefined, {}, new MethodResponse("x", 202, "later")];
    for (const [at, answer] of answers.entries()) {
      handlers.add(`m${at}`, () => answer as object);
      await call(`m${at}`);
    }
    expect(responses).toEqual([
      new MethodResponse("1a", 200, null),
      new MethodResponse("1a", 200, null),
      new MethodResponse("1a", 202, "later"),
    ]);
    expect(reports).toEqual([]);
  });

  it("whose payload is nested too deep are answered 400, and reported as ProtocolError invalid_json", async () => {
    const { handlers, responses, reports, call } = setUp();
    handlers.add("m", ({ payload }) => ({ payload }));
    await call("m", "[".repeat(50_000) + "]".repeat(50_000));
    expect(responses).toMatchObject([{ status: 400 }]);
    expect(reports).toMatchObject([{ code: "invalid_json" }]);
  });

  for (const [name, handler] of [
    [
      "throw",
      () => {
        throw new RangeError("secret detail");
      },
    ],
    ["reject", () => Promise.reject(new RangeError("secret detail"))],
    ["return a payload without a JSON form", () => ({ payload: 5n })],
    [
      "return a payload that contains itself",
      () => {
        const payload: Record<string, unknown> = {};
        payload["self"] = payload;
        return { payload };
      },
    ],
    ["return the payload itself", () => ({ temperature: 21 }) as object],
    ["return a string", () => "done" as never],
    ["return a number", () => 42 as never],
    ["return an array", () => [] as never],
    ["return a Map", async () => new Map() as never],
    ["return an Error", () => new Error("x") as never],
    ["return the request", (request) => request as object],
    ["return a payload that is NaN", () => ({ payload: { t: Number.NaN } })],
    ["return bytes as the payload", () => ({ payload: Uint8Array.of(1) })],
    ["return a status that is no whole number", () => ({ status: 1.5 })],
  ] satisfies [string, MethodHandler][]) {
    it(`that ${name} respond with 500 without the error, and are reported as ClientError handler_failed`, async () => {
      const { receiver, handlers, responses, reports, call } = setUp();
      handlers.add("m", handler);
      await call("m");
      expect(responses).toEqual([new MethodResponse("1a", 500, { message: "The handler of 'm' failed" })]);
      expect(reports).toHaveLength(1);
      expect(reports[0]).toBeInstanceOf(ClientError);
      expect(reports[0]).toMatchObject({ code: "handler_failed", cause: expect.any(Error) });
      expect(receiver.isBusy).toBe(false);
    });
  }

  it("are limited to one per method: a second one is a ClientError handler_conflict, until the first is removed", () => {
    const { handlers } = setUp();
    const first: MethodHandler = () => ({});
    const second: MethodHandler = () => ({});
    handlers.add("m", first);
    expect(handlers.isEmpty).toBe(false);
    expect(() => handlers.add("m", second)).toThrow(ClientError);
    expect(() => handlers.add("m", second)).toThrow("Method 'm' already has a handler");
    handlers.remove("m", second);
    expect(handlers.isEmpty).toBe(false);
    handlers.remove("m", first);
    expect(handlers.isEmpty).toBe(true);
    handlers.add("m", second);
  });

  it("need a name and a function: ArgumentError invalid_argument", () => {
    const { handlers } = setUp();
    const bad = (name: unknown, handler: unknown): void =>
      Reflect.apply(handlers.add, handlers, [name, handler]);
    expect(() => bad("", () => ({}))).toThrow(ArgumentError);
    expect(() => bad(5, () => ({}))).toThrow("The method name must be a non-empty string, got 5");
    expect(() => bad("m", "reboot")).toThrow("The handler of 'm' must be a function, got 'reboot'");
  });
});

describe("MethodReceiver: calls without a handler", () => {
  it("get the response 404 without a listener", async () => {
    const { handlers, responses, reports, call } = setUp();
    handlers.add("other", () => ({}));
    await call("reboot");
    expect(responses).toEqual([
      new MethodResponse("1a", 404, { message: "The device has no method 'reboot'" }),
    ]);
    expect(reports).toEqual([]);
  });

  it("are passed to listeners, which respond; calls with a handler are not", async () => {
    const { handlers, channel, responses, call } = setUp();
    const heard: string[] = [];
    channel.handler = (request) => heard.push(request.name);
    handlers.add("own", () => ({ status: 1 }));
    await call("reboot");
    await call("own");
    expect(heard).toEqual(["reboot"]);
    expect(responses).toEqual([new MethodResponse("1a", 1)]);
  });

  it("whose listener fails are reported as handler_failed", async () => {
    const { channel, reports, call } = setUp();
    channel.handler = async () => {
      throw new RangeError("no");
    };
    await call("reboot");
    expect(reports).toMatchObject([
      { name: "ClientError", code: "handler_failed", cause: new RangeError("no") },
    ]);
  });
});

describe("MethodReceiver: invalid payloads and lost responses", () => {
  it("a payload that isn't JSON or UTF-8 gets the response 400 and is reported as ProtocolError invalid_json", async () => {
    for (const body of ["{", Uint8Array.of(0xff)]) {
      const { handlers, responses, reports, call } = setUp();
      let called = false;
      handlers.add("m", () => {
        called = true;
        return {};
      });
      await call("m", body);
      expect(called).toBe(false);
      expect(responses).toEqual([new MethodResponse("1a", 400, { message: "The payload isn't valid JSON" })]);
      expect(reports[0]).toBeInstanceOf(ProtocolError);
      expect(reports).toMatchObject([{ code: "invalid_json", cause: expect.any(Error) }]);
    }
  });

  it("a response that cannot be sent is reported", async () => {
    const failure = new Error("not connected");
    const { reports, call } = setUp(() => Promise.reject(failure));
    await call("m");
    expect(reports).toEqual([failure]);
  });
});

describe("MethodResponse", () => {
  it("accepts any integer as status and the id of a request", () => {
    const request = { requestId: "7", name: "m", payload: null };
    expect(MethodResponse.createFromMethodRequest(request, -1, { a: 1 })).toMatchObject({
      requestId: "7",
      status: -1,
      payload: { a: 1 },
    });
    expect(MethodResponse.createFromMethodRequest(request, 200).payload).toBeNull();
  });

  it("rejects anything else: ArgumentError invalid_argument", () => {
    const make = (...values: unknown[]): unknown => Reflect.construct(MethodResponse, values);
    for (const values of [
      ["", 200],
      [5, 200],
      ["1", 1.5],
      ["1", "200"],
      ["1", Number.NaN],
    ]) {
      expect(() => make(...values)).toThrow(ArgumentError);
    }
  });
});
