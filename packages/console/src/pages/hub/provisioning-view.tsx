import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button, Choice, TextField } from "../../ui/controls.tsx";
import { Empty, Errors, Json, Status } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

/** The enrollments of the provisioning service, and the registrations of devices. */
export function ProvisioningView(): JSX.Element {
  const { hub } = useConsole();
  const { client } = hub;
  useRepaints();
  const list = useAction<{
    readonly groups: Awaited<ReturnType<typeof client.listEnrollmentGroups>>;
    readonly single: Awaited<ReturnType<typeof client.listEnrollments>>;
  }>();
  const change = useAction<unknown>();
  const load = (): Promise<void> =>
    list.run(async () => ({
      groups: await client.listEnrollmentGroups(),
      single: await client.listEnrollments(),
    }));
  useEffect(() => void load(), []);
  const after = (action: () => Promise<unknown>): void => void change.run(action).then(load);
  const { groups = [], single = [] } = list.result.value ?? {};
  return (
    <div class="stack">
      <section class="card stack" aria-label="Enrollments">
        <dl class="pairs">
          <dt>Id scope</dt>
          <dd class="mono">{hub.info.value?.idScope}</dd>
          <dt>Service</dt>
          <dd class="mono">ws://{location.host}</dd>
        </dl>
        <NewEnrollment onAdd={after} />
        <Errors of={[list, change]} />
        {groups.length + single.length === 0 ? (
          <Empty
            icon="device"
            title="No enrollments"
            text="An enrollment group lets every device with a key derived from the group's register itself."
          />
        ) : (
          <div class="table">
            <table>
              <thead>
                <tr>
                  <th>Enrollment</th>
                  <th>Kind</th>
                  <th>Status</th>
                  <th>Primary key</th>
                  <th>
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {groups.map((group) => (
                  <EnrollmentRow
                    key={group.enrollmentGroupId}
                    id={group.enrollmentGroupId}
                    kind="group"
                    enrollment={group}
                    onDelete={() => after(() => client.deleteEnrollmentGroup(group.enrollmentGroupId))}
                  />
                ))}
                {single.map((each) => (
                  <EnrollmentRow
                    key={each.registrationId}
                    id={each.registrationId}
                    kind="individual"
                    enrollment={each}
                    onDelete={() => after(() => client.deleteEnrollment(each.registrationId))}
                  />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      <Registration />
    </div>
  );
}

function EnrollmentRow(props: {
  readonly id: string;
  readonly kind: string;
  readonly enrollment: { readonly provisioningStatus: string; readonly primaryKey?: string };
  onDelete(): void;
}): JSX.Element {
  const { id, kind, enrollment, onDelete } = props;
  const isShown = useSignal(false);
  return (
    <tr>
      <td class="break">{id}</td>
      <td>{kind}</td>
      <td>
        <Status tone={enrollment.provisioningStatus === "enabled" ? "good" : "warn"}>
          {enrollment.provisioningStatus}
        </Status>
      </td>
      <td>
        {isShown.value ? (
          <code class="break">{enrollment.primaryKey ?? "none"}</code>
        ) : (
          <Button
            small
            onClick={() => {
              isShown.value = true;
            }}
          >
            Show
          </Button>
        )}
      </td>
      <td>
        <Button small kind="quiet" icon="trash" label={`Delete the enrollment ${id}`} onClick={onDelete} />
      </td>
    </tr>
  );
}

function NewEnrollment({ onAdd }: { onAdd(action: () => Promise<unknown>): void }): JSX.Element {
  const { hub } = useConsole();
  const id = useSignal("");
  const kind = useSignal("group");
  const add = (): void => {
    const name = id.value.trim();
    id.value = "";
    onAdd(() =>
      kind.value === "group" ? hub.client.createEnrollmentGroup(name) : hub.client.createEnrollment(name),
    );
  };
  return (
    <div class="row end">
      <Choice
        label="New enrollment"
        value={kind.value}
        options={[
          ["group", "Group"],
          ["individual", "Individual"],
        ]}
        onInput={(next) => {
          kind.value = next;
        }}
      />
      <TextField
        grow
        label={kind.value === "group" ? "Group id" : "Registration id"}
        value={id.value}
        onInput={(text) => {
          id.value = text;
        }}
      />
      <Button icon="plus" disabled={id.value.trim() === ""} onClick={add}>
        Add enrollment
      </Button>
    </div>
  );
}

function Registration(): JSX.Element {
  const { hub } = useConsole();
  const id = useSignal("");
  const state = useAction<unknown>();
  return (
    <section class="card stack" aria-label="Registration of a device">
      <div class="row end">
        <TextField
          grow
          label="Registration id"
          value={id.value}
          onInput={(text) => {
            id.value = text;
          }}
        />
        <Button
          disabled={id.value.trim() === ""}
          onClick={() => void state.run(() => hub.client.registrationState(id.value.trim()))}
        >
          Show its registration
        </Button>
      </div>
      <Errors of={[state]} />
      {state.result.value !== undefined && <Json label="Registration" value={state.result.value} />}
    </section>
  );
}
