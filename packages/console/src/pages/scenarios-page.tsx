import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { scenarioIn } from "../model/scenarios/scenario-link.ts";
import { deleteScenario, exampleScenario, savedScenarios } from "../model/scenarios/scenario-store.ts";
import { useConsole, useRepaints } from "../ui/context.ts";
import { Button } from "../ui/controls.tsx";
import { Notice } from "../ui/parts.tsx";
import { RunView } from "./scenarios/run-view.tsx";
import { ScenarioEditor } from "./scenarios/scenario-editor.tsx";

/** The page of scenarios: saved, recorded or from a link; run in this page against the local hub; exported. */
export function ScenariosPage(): JSX.Element {
  const { draft, recorder } = useConsole();
  useRepaints();
  const saved = useSignal(savedScenarios());
  const note = useSignal<string | undefined>(undefined);
  const load = (document: unknown): void => {
    draft.value = JSON.stringify(document, null, 2);
  };
  useEffect(() => {
    void scenarioIn(location.hash).then((text) => {
      if (text === undefined) return;
      draft.value = text;
      note.value = "This scenario is from the link that you opened. Look at it before you run it.";
    });
    if (draft.value === "") load(exampleScenario);
  }, []);
  const stopRecording = (): void => {
    const recorded = recorder.stop();
    if (recorded === undefined) {
      note.value = "Nothing was recorded: start devices on the local hub first.";
      return;
    }
    load(recorded);
    note.value = "This is what you did, as a scenario. It contains no keys.";
  };
  const since = recorder.since.value;
  return (
    <>
      {note.value !== undefined && (
        <Notice
          action={
            <Button
              small
              onClick={() => {
                note.value = undefined;
              }}
            >
              Close
            </Button>
          }
        >
          {note.value}
        </Notice>
      )}
      <div class="split">
        <ScenarioEditor
          onSaved={() => {
            saved.value = savedScenarios();
          }}
        />
        <div class="stack">
          <section class="card stack" aria-label="Saved scenarios">
            <h2>Scenarios</h2>
            <ul class="stack tight">
              <li class="row spread">
                <span>
                  storm <span class="soft small">the example</span>
                </span>
                <Button small onClick={() => load(exampleScenario)}>
                  Open
                </Button>
              </li>
              {Object.entries(saved.value).map(([name, scenario]) => (
                <li key={name} class="row spread">
                  <span class="break">{name}</span>
                  <span class="row">
                    <Button small onClick={() => load(scenario)}>
                      Open
                    </Button>
                    <Button
                      small
                      kind="quiet"
                      icon="trash"
                      label={`Delete the scenario ${name}`}
                      onClick={() => {
                        deleteScenario(name);
                        saved.value = savedScenarios();
                      }}
                    />
                  </span>
                </li>
              ))}
            </ul>
            <h3>Record</h3>
            <p class="soft small">
              Records the devices of this page and the faults that you inject, until you stop. Replay it with
              Run.
            </p>
            <div class="row">
              {since === undefined ? (
                <Button icon="record" onClick={() => recorder.start()}>
                  Record
                </Button>
              ) : (
                <Button icon="stop" kind="danger" onClick={stopRecording}>
                  Stop recording
                </Button>
              )}
            </div>
          </section>
          <RunView />
        </div>
      </div>
    </>
  );
}
