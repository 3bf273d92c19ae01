import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useConsole } from "../ui/context.ts";
import { Tabs } from "../ui/controls.tsx";
import { ActivityView } from "./hub/activity-view.tsx";
import { IdentitiesView } from "./hub/identities-view.tsx";
import { ProvisioningView } from "./hub/provisioning-view.tsx";
import { QueryView } from "./hub/query-view.tsx";
import { TelemetryView } from "./hub/telemetry-view.tsx";
import { UploadsView } from "./hub/uploads-view.tsx";

const views = {
  identities: ["Devices", IdentitiesView],
  telemetry: ["Telemetry", TelemetryView],
  query: ["Query", QueryView],
  provisioning: ["Provisioning", ProvisioningView],
  uploads: ["Uploads", UploadsView],
  activity: ["Activity and quota", ActivityView],
} as const;

type ViewName = keyof typeof views;

/** The page of the local hub: its devices, and the data that it has of them. */
export function HubPage(): JSX.Element {
  const { hub } = useConsole();
  const name = useSignal<ViewName>("identities");
  const [, View] = views[name.value];
  if (hub.info.value === undefined) return <p class="soft">Looking for the hub…</p>;
  return (
    <>
      <Tabs
        label="Views of the hub"
        tabs={(Object.keys(views) as ViewName[]).map((each) => [each, views[each][0]] as const)}
        current={name.value}
        onSelect={(next) => {
          name.value = next;
        }}
      />
      <View key={name.value} />
    </>
  );
}
