import { expect, it } from "vitest";
import { parseMetrics, sumOf } from "./metrics.ts";

it("metrics are read with their labels, and summed", () => {
  const values = parseMetrics(
    [
      "# HELP isohub_connections Connected devices and modules",
      "# TYPE isohub_connections gauge",
      'isohub_connections{hub="a\\"b",transport="tls"} 2',
      'isohub_connections{hub="a\\"b",transport="websocket"} 3',
      "process_cpu_seconds_total 1.5e1",
      "",
    ].join("\n"),
  );
  expect(values[0]).toEqual({
    name: "isohub_connections",
    labels: { hub: 'a"b', transport: "tls" },
    value: 2,
  });
  const [escaped] = parseMetrics('info{folder="a\\\\new\\n"} 1');
  expect(escaped?.labels).toEqual({ folder: "a\\new\n" });
  expect(sumOf(values, "isohub_connections")).toBe(5);
  expect(sumOf(values, "isohub_connections", { transport: "tls" })).toBe(2);
  expect(sumOf(values, "process_cpu_seconds_total")).toBe(15);
  expect(sumOf(values, "unknown")).toBe(0);
});
