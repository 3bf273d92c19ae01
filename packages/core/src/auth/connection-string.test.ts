import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConnectionString } from "./connection-string.ts";

const value = fc
  .string({ unit: "binary", minLength: 1 })
  .filter((text) => !/[;"`“\p{Cf}]/u.test(text) && text.trim() === text);
const parts = { HostName: "h", DeviceId: "d", SharedAccessKey: "k=" };

function refusal(text: unknown): string {
  try {
    parseConnectionString(text);
  } catch (error) {
    expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_connection_string" });
    const { message, remediation } = error as { message: string; remediation: string };
    return `${message} ${remediation}`;
  }
  throw new Error("it was accepted");
}

describe("parseConnectionString", () => {
  it("returns each value, in any order, with '=' and any visible Unicode in the values", () => {
    const device = fc.record(
      {
        HostName: value,
        DeviceId: value,
        SharedAccessKey: value,
        ModuleId: value,
        GatewayHostName: value,
        SharedAccessKeyName: value,
      },
      { requiredKeys: ["HostName", "DeviceId", "SharedAccessKey"] },
    );
    fc.assert(
      fc.property(device, fc.infiniteStream(fc.nat()), (fields, order) => {
        const entries = Object.entries(fields)
          .map(([name, text]) => ({ place: order.next().value, part: `${name}=${text}` }))
          .sort((a, b) => a.place - b.place);
        expect(parseConnectionString(entries.map(({ part }) => part).join(";"))).toEqual(fields);
      }),
    );
  });

  it.each([
    ["the line break of a secret file", "HostName=h;DeviceId=d;SharedAccessKey=k=\n"],
    ["the line break of a file from Windows", "HostName=h;DeviceId=d;SharedAccessKey=k=\r\n"],
    ["a byte order mark", "\uFEFFHostName=h;DeviceId=d;SharedAccessKey=k="],
    ["characters that a chat adds", "\u200bHostName=\u2060h;DeviceId=d\u200e;Shared\u00adAccessKey=k=\u200b"],
    ["white space around it", " \tHostName=h;DeviceId=d;SharedAccessKey=k=\u00a0 "],
    ["';' at the end", "HostName=h;DeviceId=d;SharedAccessKey=k=;"],
    ["';' and a line break at the end", "HostName=h;DeviceId=d;SharedAccessKey=k=;\n"],
    ["an empty part", "HostName=h;;DeviceId=d;SharedAccessKey=k="],
    ["a line for each part", "HostName=h;\n  DeviceId=d;\n  SharedAccessKey=k=\n"],
    ["spaces around names and values", "HostName = h; DeviceId = d ; SharedAccessKey = k="],
    ["names in other letters", "hostname=h;DEVICEID=d;sharedAccessKey=k="],
    ["empty optional fields", "HostName=h;DeviceId=d;ModuleId=;GatewayHostName=;SharedAccessKey=k="],
    ["x509=false", "HostName=h;DeviceId=d;SharedAccessKey=k=;x509=false"],
    ["x509=False", "HostName=h;DeviceId=d;SharedAccessKey=k=;X509=False"],
    ["x509=0", "HostName=h;DeviceId=d;SharedAccessKey=k=;x509=0"],
  ])("accepts %s", (_what, text) => {
    expect(parseConnectionString(text)).toEqual(parts);
  });

  it("accepts a SAS token or a certificate instead of a key, and the policy of a key", () => {
    const token = "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=s%3D&se=1";
    expect(parseConnectionString(`HostName=h;DeviceId=d;SharedAccessSignature=${token}`)).toEqual({
      HostName: "h",
      DeviceId: "d",
      SharedAccessSignature: token,
    });
    for (const x509 of ["true", "True", "TRUE"])
      expect(parseConnectionString(`HostName=h;DeviceId=d;x509=${x509}`)).toHaveProperty("x509", x509);
    const service = { HostName: "h", SharedAccessKeyName: "service", SharedAccessKey: "k" };
    expect(parseConnectionString("HostName=h;SharedAccessKeyName=service;SharedAccessKey=k")).toEqual(
      service,
    );
  });

  it.each([
    ["not a string", 5, "must be a non-empty string, got 5"],
    ["null", null, "got null"],
    ["missing", undefined, "got undefined"],
    ["bytes", new Uint8Array(4), "got an object"],
    ["empty", "", "got an empty string"],
    ["white space", " \n", "must be a non-empty string"],
    ["';' alone", ";", "must have HostName and DeviceId"],
    ["cut at its first ';' by a shell", "HostName=h", "must have HostName and DeviceId"],
    ["no HostName", "DeviceId=d;SharedAccessKey=k", "must have HostName"],
    ["an empty HostName", "HostName=;DeviceId=d;SharedAccessKey=k", "must have HostName"],
    ["no DeviceId", "HostName=h;SharedAccessKey=k", "must have HostName and DeviceId"],
    ["an empty DeviceId", "HostName=h;DeviceId= ;SharedAccessKey=k", "must have HostName and DeviceId"],
    ["a name without '='", "HostName=h;DeviceId;SharedAccessKey=k", "must have HostName and DeviceId"],
    ["no credentials", "HostName=h;DeviceId=d", "SharedAccessSignature and x509=true, got 0"],
    ["an empty key", "HostName=h;DeviceId=d;SharedAccessKey=", "got 0"],
    ["x509 other than true", "HostName=h;DeviceId=d;x509=yes", "x509=true, got 0"],
    ["a policy without its key", "HostName=h;SharedAccessKeyName=p", "got 0"],
    ["key and x509", "HostName=h;DeviceId=d;SharedAccessKey=k;x509=true", "got 2"],
    ["key and token", "HostName=h;DeviceId=d;SharedAccessKey=k;SharedAccessSignature=s", "got 2"],
    ["a field twice", "HostName=h;HostName=h", "must have HostName once"],
    ["a field twice, in other letters", "HostName=h;DeviceId=d;deviceid=e", "must have DeviceId once"],
    ["an unknown field", "HostName=h;Colour=red", "must have only the fields HostName, DeviceId"],
    ["an unknown field, by its name", "HostName=h;Colour=red", "got 'Colour' in part 2"],
    ["a field like __proto__", "HostName=h;__proto__=x", "got another in part 2"],
    ["quotes around it", '"HostName=h;DeviceId=d;SharedAccessKey=k"', "must not be in quotes"],
    ["single quotes around it", "'HostName=h;DeviceId=d;SharedAccessKey=k'", "must not be in quotes"],
    ["typographic quotes around it", "“HostName=h;DeviceId=d;SharedAccessKey=k”", "must not be in quotes"],
    ["single typographic quotes around it", "‘HostName=h;DeviceId=d’", "must not be in quotes"],
    ["escaped quotes around it", '\\"HostName=h;DeviceId=d\\"', "must not be in quotes"],
    ["brackets around it", "<HostName=h;DeviceId=d>", "must not be in quotes"],
    ["quotes around a value", 'HostName="h";DeviceId="d";SharedAccessKey="k"', "must not be in quotes"],
    [
      "a line of an .env file",
      'CONNECTION="HostName=h;DeviceId=d;SharedAccessKey=k"',
      "must not be in quotes",
    ],
    ["Event Hubs", "Endpoint=sb://x/;SharedAccessKeyName=p;SharedAccessKey=k;EntityPath=e", "'Endpoint'"],
    ["Event Hubs, in the advice", "Endpoint=sb://x/;SharedAccessKeyName=p;SharedAccessKey=k", "Event Hubs"],
    [
      "a service of an emulator",
      "HostName=h;SharedAccessKeyName=p;SharedAccessKey=k;UseDevelopmentEmulator=true",
      "got 'UseDevelopmentEmulator' in part 4",
    ],
    ["a storage account", "DefaultEndpointsProtocol=https;AccountName=a", "'DefaultEndpointsProtocol'"],
    ["a SAS token", "SharedAccessSignature sr=h%2Fdevices%2Fd&sig=s&se=1", "got 'SharedAccessSignature sr'"],
    ["JSON, as Azure's CLI prints it", '{ "connectionString": "HostName=h;DeviceId=d" }', "quotes or JSON"],
  ])("rejects %s", (_what, text, says) => {
    expect(refusal(text)).toContain(says);
  });

  it("throws nothing but its own error, for any string", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom("HostName=h", "DeviceId=d", "SharedAccessKey=k", "x509=true", "ModuleId", "="),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, (some) => {
        try {
          const parsed = parseConnectionString(some.join(";"));
          expect(parsed.HostName).toBeTruthy();
          expect((parsed.DeviceId ?? parsed.SharedAccessKeyName)?.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ name: "ArgumentError", code: "invalid_connection_string" });
        }
      }),
    );
  });

  it("isn't slowed down by repetition in a string of a megabyte", () => {
    // With quadratic time it wouldn't end within the time limit of a test.
    for (const piece of [" ", ";", "=", "= ", "\n", "HostName=", "a=", "x509=t"])
      expect(() => parseConnectionString(piece.repeat(1_000_000 / piece.length))).toThrow();
  });
});
