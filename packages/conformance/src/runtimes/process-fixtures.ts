import { join } from "node:path";
import type { AssignmentStorage, MqttEngine } from "@isohub/core";
import type { CreateCertificateRequest } from "@isohub/core/csr";
import { createOutbox, type FileOutboxOptions, type OutboxStore } from "@isohub/core/outbox";
import type { Feature } from "@isohub/core/runtime";
import { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import { freshId } from "../device.ts";
import { fileFolder } from "../files.ts";
import type { Fixtures } from "../fixtures.ts";
import { providedHub } from "../provided-hub.ts";

/** A runtime whose programs are processes, with TLS, files and client certificates. */
export interface ProcessRuntime {
  readonly name: string;
  readonly features: readonly Feature[];
  readonly clients: Fixtures["clients"];
  fileStorage(path: string): AssignmentStorage;
  fileOutboxStore(path: string, options?: FileOutboxOptions): OutboxStore;
  readonly createCertificateRequest: CreateCertificateRequest;
}

/** Creates the fixtures for a transport and an engine. */
export type CreateFixtures = (transport: Fixtures["transport"], engine: MqttEngine) => Fixtures;

/** Returns the function that creates a runtime's fixtures. */
export function processFixtures({
  name,
  features,
  clients,
  fileStorage,
  fileOutboxStore,
  createCertificateRequest,
}: ProcessRuntime): CreateFixtures {
  return (transport, engine) => {
    const { hub, ca } = providedHub();
    const folder = fileFolder();
    return {
      runtime: name,
      features: new Set(features),
      clients,
      certificates: {
        authority: createCertificateAuthority,
        client: createCertificate,
        request: createCertificateRequest,
      },
      transport,
      engine,
      hubTransport: transport === "tls" ? "tls" : "wss",
      hub,
      connectOptions: { websockets: transport === "websockets", serverVerificationCert: ca, engine },
      newStorage: () => fileStorage(join(folder, freshId("assignment"))),
      outbox: {
        createOutbox,
        newStore() {
          const path = join(folder, freshId("outbox"));
          return () => fileOutboxStore(path);
        },
      },
    };
  };
}
