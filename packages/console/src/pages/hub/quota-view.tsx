import {
  type HubQuota,
  type HubTier,
  hubTiers,
  type TierLimits,
  tierLimits,
} from "@isohub/emulator/control-client";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Choice } from "../../ui/controls.tsx";
import { Errors, Figures, Moment, Notice } from "../../ui/parts.tsx";
import { usePolled } from "../../ui/use-polled.ts";

/** The quota and the limits of the hub's tier, or how much of a tier the devices would use. */
export function QuotaView(): JSX.Element {
  const { hub } = useConsole();
  const read = usePolled<HubQuota>(() => hub.client.quota());
  const quota = read.result.value;
  return (
    <>
      <section class="card stack tight" aria-label="Quota">
        <Errors of={[read]} />
        {quota?.limits === undefined ? (
          <>
            <h3>Quota</h3>
            {quota !== undefined && (
              <p>
                This hub has no tier, so it limits nothing.
                {!hub.isInPage && (
                  <>
                    {" "}
                    Start it with <code>--tier S1</code>, and it refuses what a hub of that tier refuses.
                  </>
                )}
              </p>
            )}
          </>
        ) : (
          <TierQuota quota={quota} limits={quota.limits} />
        )}
      </section>
      <Estimate tier={quota?.tier} />
    </>
  );
}

const numberOf = (value: number): string => value.toLocaleString("en");

const rates: readonly (readonly [keyof TierLimits, string])[] = [
  ["connect", "Connections"],
  ["send", "Telemetry"],
  ["twinRead", "Twin reads"],
  ["twinUpdate", "Twin updates"],
];

const serviceRates: readonly (readonly [keyof TierLimits["servicePerMinute"], string])[] = [
  ["registry", "Registry"],
  ["query", "Queries"],
  ["c2d", "C2D messages"],
  ["jobs", "Jobs"],
  ["configurations", "Configurations"],
];

const names: ReadonlyMap<string, string> = new Map<string, string>([
  ...rates,
  ...serviceRates,
  ["methodBytes", "Direct methods"],
  ["messagesPerDay", "Messages over the daily quota"],
]);

/** The quota of the hub's own tier. */
function TierQuota(props: { readonly quota: HubQuota; readonly limits: TierLimits }): JSX.Element {
  const { quota, limits } = props;
  const { messagesPerDay, bytesPerMessage, methodBytes, servicePerMinute } = limits;
  const refused = Object.entries(quota.refused);
  const isUsedUp = quota.usedToday >= messagesPerDay || "messagesPerDay" in quota.refused;
  return (
    <>
      <div class="bar">
        <h3>Quota of this hub</h3>
        <span class="chip">Tier {quota.tier}, one unit</span>
      </div>
      <p>
        {numberOf(quota.usedToday)} of {numberOf(messagesPerDay)} messages used today. A message counts once
        for each {numberOf(bytesPerMessage)} bytes.
      </p>
      <meter
        class="meter"
        aria-label="Used share of the daily quota"
        min={0}
        max={1}
        value={Math.min(1, quota.usedToday / messagesPerDay)}
      />
      {isUsedUp && (
        <Notice tone="bad">
          The daily quota is used up. The hub refuses messages until <Moment at={quota.resetsAt} />, midnight
          UTC.
        </Notice>
      )}
      <h4>Limits per second</h4>
      <Figures
        values={[
          ...rates.map(([name, label]): [string, string] => [label, numberOf(Number(limits[name]))]),
          ["Direct methods", `${numberOf(methodBytes / 1024)} KB`],
        ]}
      />
      <h4>Limits of services per minute</h4>
      <Figures
        values={serviceRates.map(([name, label]): [string, string] => [
          label,
          numberOf(servicePerMinute[name]),
        ])}
      />
      {limits.isBasic && (
        <p class="soft small">A basic tier has no twins, methods and cloud-to-device messages.</p>
      )}
      <h4>Refused since the hub started</h4>
      {refused.length === 0 ? (
        <p class="soft small">Nothing. The hub refuses what exceeds a limit for longer than two seconds.</p>
      ) : (
        <Figures values={refused.map(([name, count]) => [names.get(name) ?? name, numberOf(count)])} />
      )}
    </>
  );
}

/** The share of a tier's daily quota that the devices would use at their rate so far. */
function Estimate(props: { readonly tier: HubTier | undefined }): JSX.Element {
  const { hub } = useConsole();
  useRepaints();
  const chosen = useSignal<HubTier | undefined>(undefined);
  const tier = chosen.value ?? props.tier ?? "S1";
  const { messages, perDay, share } = hub.quota.usage(tier, Date.now());
  const hours = share > 1 ? (24 / share).toFixed(1) : undefined;
  return (
    <section class="card stack tight" aria-label="Estimate of the quota">
      <div class="bar">
        <h3>Estimate for a hub in Azure</h3>
        <Choice
          label="Tier, one unit"
          value={tier}
          options={hubTiers.map((each) => [each, each] as const)}
          onInput={(next) => {
            chosen.value = hubTiers.find((each) => each === next);
          }}
        />
      </div>
      <p>
        {numberOf(messages)} messages since the page opened. At this rate, {numberOf(perDay)} a day:{" "}
        {(share * 100).toFixed(share < 0.1 ? 2 : 0)} % of the {numberOf(tierLimits[tier].messagesPerDay)} of{" "}
        {tier}.
      </p>
      <meter
        class="meter"
        aria-label="Estimated share of the daily quota"
        min={0}
        max={1}
        value={Math.min(1, share)}
      />
      {hours !== undefined && (
        <Notice tone="warn">
          A hub of this tier would stop accepting messages after {hours} hours. Azure closes the connections
          of devices then, without saying why.
        </Notice>
      )}
    </section>
  );
}
