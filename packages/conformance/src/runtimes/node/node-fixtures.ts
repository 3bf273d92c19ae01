import * as node from "@isohub/node";
import { createCertificateRequest } from "@isohub/node/csr";
import { fileOutboxStore } from "@isohub/node/outbox";
import { type CreateFixtures, processFixtures } from "../process-fixtures.ts";

export const nodeFixtures: CreateFixtures = processFixtures({
  name: "node",
  features: ["tcp", "customTrust", "cipher", "clientCertificate", "proxy"],
  clients: node,
  fileStorage: node.fileStorage,
  fileOutboxStore,
  createCertificateRequest,
});
