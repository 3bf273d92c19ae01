import { type ProgramKind, planFleet, programKinds, programOf, type Scenario } from "@isohub/simulator";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { messageOf } from "../../model/message-of.ts";
import { linkTo } from "../../model/scenarios/scenario-link.ts";
import { parseScenario, saveScenario } from "../../model/scenarios/scenario-store.ts";
import { useConsole } from "../../ui/context.ts";
import { Button, TextField } from "../../ui/controls.tsx";
import { Errors, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";
import { saveFile } from "../hub/uploads-view.tsx";

const programs: Readonly<Record<ProgramKind, string>> = { node: "Node", deno: "Deno", page: "Page" };

/** The document of a scenario, checked as it is typed, with its actions. */
export function ScenarioEditor({ onSaved }: { onSaved(): void }): JSX.Element {
  const { draft, run, hub } = useConsole();
  const share = useAction<string>();
  const note = useSignal<string | undefined>(undefined);
  const { scenario, error } = read(draft.value);
  const isRunning = run.state.value === "preparing" || run.state.value === "running";
  const save = (): void => {
    if (scenario === undefined) return;
    try {
      saveScenario(scenario);
      note.value = `Saved as ${scenario.name ?? "scenario"} in this browser`;
      onSaved();
    } catch (cause) {
      note.value = messageOf(cause);
    }
  };
  const exported = (kind: ProgramKind): void => {
    if (scenario === undefined) return;
    const { name, text } = programOf(scenario, kind);
    saveFile(name, new Blob([text], { type: "text/plain" }));
  };
  return (
    <section class="card stack" aria-label="Scenario">
      <header>
        <h2>{scenario?.name ?? "Scenario"}</h2>
        <div class="row">
          <Button
            kind="primary"
            icon="play"
            disabled={scenario === undefined || isRunning || hub.status.value !== "online"}
            onClick={() => scenario !== undefined && void run.start(scenario)}
          >
            Run
          </Button>
          <Button disabled={!isRunning} icon="stop" onClick={() => run.stop()}>
            Stop
          </Button>
        </div>
      </header>
      {scenario !== undefined && <p class="soft">{summaryOf(scenario)}</p>}
      <TextField
        label="Document"
        lines={26}
        value={draft.value}
        error={error}
        onInput={(text) => {
          draft.value = text;
        }}
      />
      <div class="row">
        <Button disabled={scenario === undefined} onClick={save}>
          Save
        </Button>
        <Button
          icon="share"
          disabled={scenario === undefined}
          onClick={() =>
            void share.run(async () => {
              const link = await linkTo(JSON.stringify(scenario));
              await navigator.clipboard?.writeText(link).catch(() => {});
              return link;
            })
          }
        >
          Share as a link
        </Button>
        {programKinds.map((kind) => (
          <Button key={kind} icon="download" disabled={scenario === undefined} onClick={() => exported(kind)}>
            {programs[kind]} program
          </Button>
        ))}
      </div>
      {note.value !== undefined && <Status tone="good">{note.value}</Status>}
      {share.result.value !== undefined && (
        <TextField
          label="Link with the scenario, copied"
          lines={3}
          value={share.result.value}
          onInput={() => {}}
        />
      )}
      <Errors of={[share]} />
    </section>
  );
}

function read(text: string): { readonly scenario?: Scenario; readonly error?: string } {
  if (text === "") return {};
  try {
    return { scenario: parseScenario(text) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function summaryOf(scenario: Scenario): string {
  const { total, endMs } = planFleet(scenario);
  const faults = scenario.faults?.length ?? 0;
  const parts = [
    `${total} ${total === 1 ? "device" : "devices"}`,
    `${(endMs / 1000).toFixed(0)} s`,
    `${faults} ${faults === 1 ? "fault" : "faults"}`,
  ];
  return parts.join(" · ");
}
