import { parseArgs } from "node:util";
import { ArgumentError } from "@isohub/core";
import { type EventHubPolicy, type Policy, parseEventHub, parsePolicy } from "./policy.ts";

/** A parsed command line, with the connection strings of the environment. */
export interface VerifyArguments {
  readonly action: "run" | "help";
  readonly websockets: boolean;
  readonly consumerGroup: string;
  readonly report: string | undefined;
}

/** The services under test. */
export interface VerifyServices {
  readonly hub: Policy;
  readonly eventHub: EventHubPolicy | undefined;
  readonly provisioning: { readonly policy: Policy; readonly idScope: string } | undefined;
}

/** The output of `isohub verify --help`. */
export const usage = `Usage: isohub verify [options]

Runs cases against a hub by its public endpoints: creates a device, connects, sends, receives, and deletes it.

  --report <file>           write the results as JSON, without keys and tokens
  --consumer-group <name>   read events with this consumer group (default: $Default)
  --websockets              connect over WebSockets in the cases that leave the choice
  --help

Environment:
  SERVICE_CONNECTION_STRING       a policy of the hub with the rights to read and write the registry, and to connect services
  EVENT_HUB_CONNECTION_STRING     the Event Hub-compatible endpoint, with EntityPath; without it, no case reads events
  PROVISIONING_CONNECTION_STRING  a policy of a provisioning service; without it and ID_SCOPE, no device registers
  ID_SCOPE                        the id scope of the provisioning service
  NODE_EXTRA_CA_CERTS             the certificate authority of a local hub

Exit codes: 0 if no case fails, 1 if one does, 2 for an invalid command line or connection string.`;

/** Parses the command line. @throws {TypeError} for an unknown option or a missing value */
export function parseArguments(args: readonly string[]): VerifyArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      report: { type: "string" },
      "consumer-group": { type: "string" },
      websockets: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  return {
    action: values.help ? "help" : "run",
    websockets: values.websockets ?? false,
    consumerGroup: values["consumer-group"] ?? "$Default",
    report: values.report,
  };
}

/** Reads the connection strings, which the command line would show to other users of the machine. @throws {ArgumentError} */
export function readServices(environment: Readonly<Record<string, string | undefined>>): VerifyServices {
  const {
    SERVICE_CONNECTION_STRING: hub,
    EVENT_HUB_CONNECTION_STRING: eventHub,
    PROVISIONING_CONNECTION_STRING: provisioning,
    ID_SCOPE: idScope,
  } = environment;
  if (!hub) {
    throw new ArgumentError(
      "invalid_argument",
      "SERVICE_CONNECTION_STRING must be the connection string of a shared access policy, got none",
    );
  }
  if (provisioning && !idScope)
    throw new ArgumentError(
      "invalid_argument",
      "ID_SCOPE must be the scope of the provisioning service, got none",
    );
  return {
    hub: parsePolicy("SERVICE_CONNECTION_STRING", hub),
    eventHub: eventHub ? parseEventHub("EVENT_HUB_CONNECTION_STRING", eventHub) : undefined,
    provisioning:
      provisioning && idScope
        ? { policy: parsePolicy("PROVISIONING_CONNECTION_STRING", provisioning), idScope }
        : undefined,
  };
}
