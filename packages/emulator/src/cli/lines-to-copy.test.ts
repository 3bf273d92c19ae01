import { describe, expect, it } from "vitest";
import { linesToCopy, readerLinesToCopy, serviceLinesToCopy } from "./lines-to-copy.ts";

const strings = {
  connectionString: "HostName=localhost:8883;DeviceId=d;SharedAccessKey=a2V5",
  pageConnectionString: "HostName=ws://localhost:8080;DeviceId=d;SharedAccessKey=a2V5",
};

describe("the lines to copy", () => {
  it("quote the connection string and the file of the certificate", () => {
    const [, , node, , powerShell, , deno] = linesToCopy(strings, "/tmp/it's here/ca.pem");
    expect(node).toBe(
      `  NODE_EXTRA_CA_CERTS='/tmp/it'\\''s here/ca.pem' CONNECTION_STRING='${strings.connectionString}' node device.mjs`,
    );
    expect(powerShell).toBe(
      `  $env:NODE_EXTRA_CA_CERTS='/tmp/it''s here/ca.pem'; $env:CONNECTION_STRING='${strings.connectionString}'; node device.mjs`,
    );
    expect(deno).toBe(
      `  CONNECTION_STRING='${strings.pageConnectionString}' deno run --allow-net --allow-env device.ts`,
    );
  });

  it("run a service, with a note if its client needs another port", () => {
    const string = "HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=a2V5";
    const lines = serviceLinesToCopy(string, "/tmp/ca.pem", false);
    expect(lines).toEqual([
      "Run a service, such as a registry client:",
      "",
      `  NODE_EXTRA_CA_CERTS='/tmp/ca.pem' SERVICE_CONNECTION_STRING='${string}' node service.mjs`,
      "",
    ]);
    expect(readerLinesToCopy("Endpoint=sb://localhost:1;EntityPath=localhost")).toContain(
      "  EVENT_HUB_CONNECTION_STRING='Endpoint=sb://localhost:1;EntityPath=localhost' node reader.mjs",
    );
    expect(serviceLinesToCopy(string, "/tmp/ca.pem", true).join()).toContain("--official-ports");
  });
});
