import { expect, it } from "vitest";
import { logLine } from "./event-log.ts";

it("escapes what could forge lines or control a terminal", () => {
  const line = logLine({
    type: "connectionRefused",
    at: "2024-01-01T10:44:10.239Z",
    deviceId: "a\u001b[2J\r\n10:44:10.240  other  deleted\u009b\u2028\u202e",
    detail: "ä 漢 \u0007",
    reason: "badCredentials",
  } as unknown as Parameters<typeof logLine>[0]);
  expect(line).toBe(
    "10:44:10.239  a\\u001b[2J\\u000d\\u000a10:44:10.240  other  deleted\\u009b\\u2028\\u202e  connection closed: ä 漢 \\u0007",
  );
});
