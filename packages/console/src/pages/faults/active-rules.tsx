import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { faultMenu } from "../../model/faults/fault-menu.ts";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button } from "../../ui/controls.tsx";
import { Moment } from "../../ui/parts.tsx";

/** The rules that are active at the hub, and the faults injected from this page. */
export function ActiveRules(): JSX.Element {
  const { faults, hub } = useConsole();
  const repaints = useRepaints();
  const status = hub.status.value;
  // Rules that are used up disappear while devices are active.
  useEffect(() => {
    if (status === "online") faults.refresh().catch(() => {});
  }, [status, Math.floor(repaints / 8)]);
  const rules = faults.rules.value;
  const latest = faults.injected.values.slice(-12).reverse();
  return (
    <section class="card stack" aria-label="Active rules">
      <header>
        <h2>Active rules</h2>
        <Button small kind="danger" onClick={() => void faults.clear().catch(() => {})}>
          End all faults
        </Button>
      </header>
      {rules.length === 0 ? (
        <p class="soft">
          None. A rule stays until it is used up or ended. Cuts and kicks take effect at once.
        </p>
      ) : (
        <ul class="stack tight">
          {rules.map(({ fault, deviceId, ...details }) => (
            <li key={JSON.stringify([fault, deviceId, details])} class="row spread">
              <span class="grow break">
                <strong>{faultMenu.find(({ name }) => name === fault)?.title ?? fault}</strong>{" "}
                {deviceId ?? "every device"}{" "}
                <span class="soft small">
                  {Object.entries(details)
                    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
                    .join(" · ")}
                </span>
              </span>
              {deviceId !== undefined && (
                <Button small onClick={() => void faults.clear(deviceId).catch(() => {})}>
                  End
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      <h3>Injected from this page</h3>
      {latest.length === 0 && <p class="soft">None yet.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards scroll it */}
      <ol class="log" tabIndex={0} aria-label="Injected faults">
        {latest.map(({ at, title, deviceIds }, index) => (
          <li key={`${at} ${index}`}>
            <Moment at={at} />
            <span>
              {title}{" "}
              <span class="soft small">
                {deviceIds.slice(0, 3).join(", ")}
                {deviceIds.length > 3 && ` and ${deviceIds.length - 3} more`}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
