import type { Clock, CryptoProvider } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import type { Store } from "../store/store.ts";
import type { DeliveryRules } from "./deliveries/queued-message.ts";
import type { EventFeed } from "./events/event-feed.ts";
import type { HostNames } from "./host-names.ts";
import type { KeyMaker } from "./identities/authentication.ts";
import type { HubTier } from "./limits/tiers.ts";
import type { RouteCondition } from "./telemetry/message-router.ts";
import type { TelemetryLimits } from "./telemetry/telemetry-usage.ts";
import type { TwinInterceptor } from "./twins/twins.ts";

/** Options of a `Hub`. */
export interface HubOptions extends DeliveryRules {
  readonly hostNames: HostNames;
  readonly clock: Clock;
  /** Holds the state of the hub. With the state of an earlier hub, the new one continues where that one ended. */
  readonly store: Store;
  /** The name of the hub, and of the event hub that has its messages. Defaults to `localhost`. */
  readonly name?: string;
  readonly sasClockSkewSeconds: number;
  /** Whether a user name without an `api-version` is refused. */
  readonly requireApiVersion: boolean;
  /** The tier whose limits apply; none by default. */
  readonly tier?: HubTier | undefined;
  readonly telemetryLimits: TelemetryLimits;
  /** The number of partitions of each event hub. Defaults to 4. State that exists keeps its number. */
  readonly partitions?: number | undefined;
  readonly twinInterceptor: TwinInterceptor;
  /** The events of a hub that this one replaces: their listeners stay. */
  readonly events?: EventFeed | undefined;
  /** Makes the keys of policies and identities that aren't given. */
  readonly makeKey: KeyMaker;
  /** Verifies the signatures of devices. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
  /** Reads a certificate in PEM. @throws {Error} */
  parseCertificate(pem: string): Certificate;
  /** Parses the condition of a message route. @throws {HubError} ArgumentInvalid */
  parseCondition(condition: string, of?: "messages"): RouteCondition;
}
