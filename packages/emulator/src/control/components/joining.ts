import type {
  IssuedServerCertificate,
  JoinAnswer,
  JoinedHubInfo,
  JoinStatus,
} from "../../joining/join-records.ts";
import { type Field, flag, object, text } from "../../schema/schema.ts";

const string: Field<false> = text();

/** Schemas of joined hubs. */
export const joiningComponents: Readonly<Record<string, Field<false>>> = {
  JoinedHub: object<JoinedHubInfo>({
    name: string,
    host: string,
    controlUrl: string,
    version: string,
    isAvailable: flag(),
  }),
  JoinAnswer: object<JoinAnswer>({ ca: text("PEM") }),
  IssuedServerCertificate: object<IssuedServerCertificate>({ cert: text("PEM"), ca: text("PEM") }),
  JoinStatus: object<JoinStatus>({ name: string, url: string, instance: string, isJoined: flag() }),
};
