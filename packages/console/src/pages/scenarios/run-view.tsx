import { Histogram, type Report } from "@isohub/simulator";
import type { JSX } from "preact";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button } from "../../ui/controls.tsx";
import { Errors, Figures, Json, Status } from "../../ui/parts.tsx";
import { saveFile } from "../hub/uploads-view.tsx";

/** The run of a scenario: its progress, its counts, and in the end its report. */
export function RunView(): JSX.Element {
  const { run } = useConsole();
  useRepaints();
  const { progress } = run;
  const state = run.state.value;
  const report = run.report.value;
  return (
    <section class="card stack" aria-label="Run">
      <header>
        <h2>Run</h2>
        {report !== undefined && (
          <Status tone={report.passed ? "good" : "bad"}>{report.passed ? "passed" : "failed"}</Status>
        )}
        {state === "preparing" && <Status tone="idle">registering devices</Status>}
        {state === "running" && <Status tone="warn">running</Status>}
      </header>
      <Errors of={[run]} />
      {progress === undefined ? (
        <p class="soft">Not started. The devices run in this page, and their packets are on the page Wire.</p>
      ) : (
        <>
          <meter
            class="meter"
            aria-label="Progress of the run"
            min={0}
            max={1}
            value={report ? 1 : progress.share}
          />
          <Figures
            values={[
              ["Connected", `${progress.counts.connected} of ${progress.devices}`],
              ["Sent", progress.counts.sent],
              ["Acknowledged", progress.counts.acknowledged],
              ["Reconnections", progress.counts.reconnections],
              ["Failed", progress.counts.failed],
              ["Lost", report?.deliveries?.lost ?? "–"],
            ]}
          />
        </>
      )}
      {report !== undefined && <ReportView report={report} />}
    </section>
  );
}

function ReportView({ report }: { readonly report: Report }): JSX.Element {
  const { counts, deliveries, thresholds, faults } = report;
  const ms = (share: number): string => `${Histogram.of(counts.ackMs).percentile(share).toFixed(0)} ms`;
  return (
    <>
      <dl class="pairs">
        <dt>At the hub</dt>
        <dd>
          {deliveries?.held ?? 0} messages, {deliveries?.repeated ?? 0} of them repeated
        </dd>
        <dt>Acknowledged</dt>
        <dd>
          half within {ms(0.5)}, 99 % within {ms(0.99)}
        </dd>
        <dt>Faults</dt>
        <dd>
          {faults.injected} injected{faults.failures.length > 0 && `; ${faults.failures.join("; ")}`}
        </dd>
      </dl>
      <ul class="stack tight" aria-label="Thresholds">
        {thresholds.map((verdict) => (
          <li key={JSON.stringify(verdict)}>
            <Status tone={verdict.passed ? "good" : "bad"}>
              {verdict.metric}: {String(verdict.value)}
            </Status>
          </li>
        ))}
      </ul>
      <div class="row">
        <Button
          icon="download"
          onClick={() =>
            saveFile("report.json", new Blob([JSON.stringify(report, null, 2)], { type: "application/json" }))
          }
        >
          Save the report
        </Button>
      </div>
      <details>
        <summary>The whole report</summary>
        <Json label="Report" value={report} />
      </details>
    </>
  );
}
