import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type QueryPage, runQuery } from "../../model/hub/service-request.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, TextField } from "../../ui/controls.tsx";
import { Errors, Json, Notice } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

const examples = [
  "SELECT deviceId, connectionState FROM devices",
  "SELECT * FROM devices WHERE connectionState = 'Connected'",
  "SELECT COUNT() AS numberOfDevices FROM devices",
  "SELECT deviceId FROM devices WHERE is_defined(properties.reported.firmware)",
];

/** A query over the twins of the hub, and its rows. */
export function QueryView(): JSX.Element {
  const { hub } = useConsole();
  const text = useSignal(examples[0] ?? "");
  const query = useAction<QueryPage>();
  const run = (): Promise<void> =>
    query.run(() => runQuery(hub.info.value?.serviceConnectionString ?? "", text.value));
  const page = query.result.value;
  if (hub.isInPage)
    return <Notice>A hub in the page has no REST API for queries. Start one with npm start.</Notice>;
  return (
    <section class="card stack" aria-label="Query">
      <TextField
        label="Query"
        lines={3}
        value={text.value}
        onInput={(next) => {
          text.value = next;
        }}
      />
      <div class="row">
        <Button kind="primary" icon="play" disabled={query.isRunning.value} onClick={() => void run()}>
          Run query
        </Button>
        {examples.map((each, index) => (
          <Button
            key={each}
            small
            kind="quiet"
            onClick={() => {
              text.value = each;
              void run();
            }}
          >
            Example {index + 1}
          </Button>
        ))}
      </div>
      <Errors of={[query]} />
      {page !== undefined && (
        <>
          <p class="soft">
            {page.rows.length} rows{page.isWhole ? "" : "; the hub has more"}
          </p>
          {isTable(page.rows) ? <Rows rows={page.rows} /> : <Json label="Rows" value={page.rows} />}
        </>
      )}
    </section>
  );
}

type Row = Readonly<Record<string, unknown>>;

/** Whether rows have few columns with short values. */
function isTable(rows: readonly unknown[]): rows is readonly Row[] {
  return (
    rows.length > 0 &&
    rows.every(
      (row) => typeof row === "object" && row !== null && !Array.isArray(row) && Object.keys(row).length <= 6,
    )
  );
}

function Rows({ rows }: { readonly rows: readonly Row[] }): JSX.Element {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={JSON.stringify(row)}>
              {columns.map((name) => (
                <td key={name} class="break">
                  {typeof row[name] === "string" ? row[name] : JSON.stringify(row[name])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
