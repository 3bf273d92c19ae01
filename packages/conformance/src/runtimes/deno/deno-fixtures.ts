import * as deno from "@isohub/deno";
import { createCertificateRequest } from "@isohub/deno/csr";
import { fileOutboxStore } from "@isohub/deno/outbox";
import { type CreateFixtures, processFixtures } from "../process-fixtures.ts";

export const denoFixtures: CreateFixtures = processFixtures({
  name: "deno",
  features: ["tcp", "customTrust", "clientCertificate"],
  clients: deno,
  fileStorage: deno.fileStorage,
  fileOutboxStore,
  createCertificateRequest,
});
