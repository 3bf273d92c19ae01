import { parseConnectionString } from "../auth/connection-string.ts";
import { WorkloadClient } from "../edge/workload-client.ts";
import { ArgumentError, asError, ClientError, UnsupportedFeatureError } from "../errors.ts";
import type { EdgeEnvironment } from "../runtime/runtime.ts";
import type { ClientOptions } from "./client-options.ts";
import { type ClientSetup, keySigner, platformOf, withSigner } from "./client-setup.ts";
import { checkId } from "./device-id.ts";
import { parseHost } from "./host-name.ts";
import type { Platform } from "./platform.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";

/** The variables that the IoT Edge runtime sets in the container of a module. */
const containerVariables = [
  "IOTEDGE_IOTHUBHOSTNAME",
  "IOTEDGE_DEVICEID",
  "IOTEDGE_MODULEID",
  "IOTEDGE_GATEWAYHOSTNAME",
  "IOTEDGE_MODULEGENERATIONID",
  "IOTEDGE_WORKLOADURI",
  "IOTEDGE_APIVERSION",
] as const;

/** The variables that the IoT Edge development tools set instead, for debugging outside of a container. */
const debugVariables = ["EdgeHubConnectionString", "EdgeModuleCACertificateFile"] as const;

const refused = {
  serverVerificationCert: "the Edge environment defines which certificates to trust",
  gatewayHostname: "the Edge environment defines the gateway",
  signingMechanism: "the Edge environment signs the tokens",
} as const;

/** Sets up a module client from the environment of an IoT Edge module. @source Python `create_from_edge_environment` */
export async function setupFromEdgeEnvironment(
  factory: unknown,
  options: ClientOptions,
): Promise<ClientSetup> {
  const bound = platformOf(factory);
  const { edge, name } = bound.runtime;
  if (edge === undefined) {
    throw new UnsupportedFeatureError(`The IoT Edge environment isn't supported on ${name}`, {
      remediation: "Use createFromConnectionString with GatewayHostName",
    });
  }
  const resolved = resolveOptions(options, bound.runtime, refused);
  const variables = read(edge, containerVariables);
  if (variables !== undefined) return fromContainer(bound, variables, resolved);
  const debug = read(edge, debugVariables);
  if (debug !== undefined) return fromDebugVariables(bound, edge, debug, resolved);
  const missing = [...containerVariables, ...debugVariables].filter((variable) => !edge.variable(variable));
  throw new ClientError(
    "edge_environment_incomplete",
    `The IoT Edge environment is incomplete, missing ${missing.join(", ")}`,
    { remediation: `Run as an IoT Edge module, or set ${debugVariables.join(" and ")} for debugging` },
  );
}

async function fromContainer(
  platform: Platform,
  variables: Record<(typeof containerVariables)[number], string>,
  options: ResolvedOptions,
): Promise<ClientSetup> {
  const host = variables.IOTEDGE_IOTHUBHOSTNAME;
  const workload = new WorkloadClient({
    runtime: platform.runtime,
    uri: variables.IOTEDGE_WORKLOADURI,
    apiVersion: variables.IOTEDGE_APIVERSION,
    moduleId: variables.IOTEDGE_MODULEID,
    generationId: variables.IOTEDGE_MODULEGENERATIONID,
  });
  return withSigner(
    platform,
    {
      hostName: parseHost("IOTEDGE_IOTHUBHOSTNAME", host).host,
      deviceId: checkId("device id", variables.IOTEDGE_DEVICEID),
      moduleId: checkId("module id", variables.IOTEDGE_MODULEID),
    },
    host,
    workload,
    {
      ...options,
      gatewayHostname: variables.IOTEDGE_GATEWAYHOSTNAME,
      serverVerificationCert: readTrusted(
        platform,
        "The trust bundle of the workload API",
        await workload.trustBundle(),
      ),
    },
  );
}

/** Reads certificates with the runtime, so that pages don't load the code for them. @param name - for messages */
function readTrusted({ runtime }: Platform, name: string, pem: string): string {
  try {
    return runtime.readTransit?.({ serverVerificationCert: pem }).serverVerificationCert ?? pem;
  } catch (cause) {
    const message = asError(cause).message.replace(/^serverVerificationCert/, name);
    throw new ArgumentError("invalid_argument", message, { cause });
  }
}

async function fromDebugVariables(
  platform: Platform,
  edge: EdgeEnvironment,
  { EdgeHubConnectionString, EdgeModuleCACertificateFile }: Record<(typeof debugVariables)[number], string>,
  options: ResolvedOptions,
): Promise<ClientSetup> {
  const parts = parseConnectionString(EdgeHubConnectionString);
  const { HostName, DeviceId, ModuleId, GatewayHostName, SharedAccessKey, SharedAccessKeyName } = parts;
  if (!HostName || !DeviceId || !ModuleId || !GatewayHostName || !SharedAccessKey) {
    throw new ArgumentError(
      "invalid_connection_string",
      "EdgeHubConnectionString must have HostName, DeviceId, ModuleId, GatewayHostName and SharedAccessKey",
    );
  }
  const name = `EdgeModuleCACertificateFile '${EdgeModuleCACertificateFile}'`;
  let certificate: string;
  try {
    certificate = await edge.readTextFile(EdgeModuleCACertificateFile);
  } catch (cause) {
    throw new ArgumentError("invalid_argument", `${name} can't be read: ${asError(cause).message}`, {
      cause,
    });
  }
  return withSigner(
    platform,
    {
      hostName: parseHost("HostName", HostName).host,
      deviceId: checkId("device id", DeviceId),
      moduleId: checkId("module id", ModuleId),
    },
    HostName,
    keySigner(platform, SharedAccessKey, "SharedAccessKey"),
    {
      ...options,
      gatewayHostname: GatewayHostName,
      serverVerificationCert: readTrusted(platform, name, certificate),
    },
    SharedAccessKeyName,
  );
}

/** Returns the variables if all of them are set. */
function read<K extends string>(edge: EdgeEnvironment, names: readonly K[]): Record<K, string> | undefined {
  const values = names.map((name) => [name, edge.variable(name)] as const);
  if (values.some(([, value]) => value === undefined || value === "")) return undefined;
  return Object.fromEntries(values) as Record<K, string>;
}
