import { advertisedHost } from "../../schema/advertised-host.ts";
import { flag, integer, list, optional, record, ref, text } from "../../schema/schema.ts";
import type { ControlMethods } from "../control-methods.ts";
import type { Operations } from "../operation.ts";

type Hubs = Pick<
  ControlMethods,
  "info" | "caPem" | "caTrustStore" | "openApi" | "hubs" | "createHub" | "closeHub"
>;

/** Operations on the hub itself, and on the hubs of the emulator. */
export const hubOperations: Operations<Hubs> = {
  info: {
    method: "GET",
    path: "",
    summary:
      "Returns the host name, endpoints, certificate authority, id scope and connection strings of the hub",
    positional: {},
    options: {},
    answer: ref("Hub"),
  },
  caPem: {
    method: "GET",
    path: "/ca.pem",
    summary: "Returns the certificate authority in PEM",
    positional: {},
    options: {},
    answer: text(),
    mediaType: "text/plain",
  },
  caTrustStore: {
    method: "GET",
    path: "/ca.p12",
    summary: "Returns the certificate authority as a trust store in PKCS#12, with the password `changeit`",
    positional: {},
    options: {},
    answer: text(),
    mediaType: "application/octet-stream",
  },
  openApi: {
    method: "GET",
    path: "/openapi.json",
    summary: "Returns the OpenAPI 3.1 document of this API",
    positional: {},
    options: {},
    answer: record(),
  },
  hubs: {
    method: "GET",
    path: "/hubs",
    summary: "Lists the hubs of the emulator",
    positional: {},
    options: {},
    answer: list(ref("NamedHub")),
  },
  createHub: {
    method: "POST",
    path: "/hubs",
    summary: "Opens another hub",
    positional: { name: text() },
    options: {
      hostName: optional(text()),
      port: optional(integer(0, 65_535), 0),
      plainPort: optional(integer(0, 65_535), 0),
      officialPorts: optional(flag(), false),
      advertise: advertisedHost,
    },
    status: 201,
    answer: ref("NamedHub"),
  },
  closeHub: {
    method: "DELETE",
    path: "/hubs/{name}",
    summary: "Closes a hub other than the first",
    positional: { name: text() },
    options: {},
  },
};
