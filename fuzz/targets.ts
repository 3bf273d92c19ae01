import type { Target } from "./target.ts";
import { addresses } from "./targets/addresses.ts";
import { amqpAddresses, amqpFrames } from "./targets/amqp-frames.ts";
import { brokerRequests } from "./targets/broker-requests.ts";
import { certificates } from "./targets/certificates.ts";
import { clientPackets } from "./targets/client-packets.ts";
import { connectionStrings } from "./targets/connection-strings.ts";
import { controlRequests } from "./targets/control-requests.ts";
import { deviceBytes } from "./targets/device-bytes.ts";
import { deviceInput } from "./targets/device-input.ts";
import { devicePackets, deviceSessions } from "./targets/device-packets.ts";
import { hubAnswers, tokenAnswers, workloadAnswers } from "./targets/http-answers.ts";
import { hubPackets } from "./targets/hub-packets.ts";
import { jsonValues } from "./targets/json-values.ts";
import { keys } from "./targets/keys.ts";
import { packetBounds } from "./targets/packet-bounds.ts";
import { propertyBags } from "./targets/property-bags.ts";
import { proxyAnswers } from "./targets/proxy-answers.ts";
import { registrations } from "./targets/registrations.ts";
import { sasTokens } from "./targets/sas-tokens.ts";
import { importedLines, queries, serviceRequests } from "./targets/service-requests.ts";
import { sessions } from "./targets/sessions.ts";
import { topics } from "./targets/topics.ts";
import { twins } from "./targets/twins.ts";

/** Every target: what reads input of users or peers. */
export const targets: readonly Target[] = [
  // MQTT
  ...[hubPackets, ...sessions, clientPackets, packetBounds, topics, propertyBags],
  // JSON
  ...[jsonValues, twins, registrations],
  // Credentials and options
  ...[connectionStrings, sasTokens, keys, certificates, addresses],
  // HTTP and proxies
  ...[workloadAnswers, hubAnswers, tokenAnswers, brokerRequests, proxyAnswers],
  // The emulator
  ...[
    devicePackets,
    deviceSessions,
    deviceInput,
    deviceBytes,
    controlRequests,
    serviceRequests,
    importedLines,
    queries,
    amqpFrames,
    amqpAddresses,
  ],
];
