import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { type Tab, tabs } from "./model/console.ts";
import { DevicesPage } from "./pages/devices-page.tsx";
import { FaultsPage } from "./pages/faults-page.tsx";
import { HubPage } from "./pages/hub-page.tsx";
import { ScenariosPage } from "./pages/scenarios-page.tsx";
import { WirePage } from "./pages/wire-page.tsx";
import { useConsole } from "./ui/context.ts";
import { Button, Tabs, TextField } from "./ui/controls.tsx";
import { Notice, Status } from "./ui/parts.tsx";

const titles: Readonly<Record<Tab, string>> = {
  devices: "Devices",
  hub: "Hub",
  faults: "Faults",
  wire: "Wire",
  scenarios: "Scenarios",
};

const pages: Readonly<Record<Tab, () => JSX.Element>> = {
  devices: DevicesPage,
  hub: HubPage,
  faults: FaultsPage,
  wire: WirePage,
  scenarios: ScenariosPage,
};

/** The page: its head, the state of the hub, and the page that is selected. */
export function App(): JSX.Element {
  const { tab } = useConsole();
  const Page = pages[tab.value];
  return (
    <>
      <header class="top">
        <div class="brand">
          <Mark />
          <h1>
            isohub <span class="soft">console</span>
          </h1>
        </div>
        <nav aria-label="Pages">
          <Tabs
            label="Pages"
            tabs={tabs.map((each) => [each, titles[each]] as const)}
            current={tab.value}
            onSelect={(next) => {
              tab.value = next;
            }}
          />
        </nav>
        <div class="side">
          <HubStatus />
          <ThemeButton />
        </div>
      </header>
      <main>
        <div class="stack">
          <Notices />
          <Page key={tab.value} />
        </div>
      </main>
    </>
  );
}

function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <rect width="24" height="24" rx="6" fill="#1f5fd0" />
      <g fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round">
        <circle cx="12" cy="12" r="2.6" fill="#fff" />
        <path d="M7.4 16.6a6.5 6.5 0 0 1 0-9.2M16.6 7.4a6.5 6.5 0 0 1 0 9.2" />
      </g>
    </svg>
  );
}

function HubStatus(): JSX.Element {
  const { hub } = useConsole();
  const status = hub.status.value;
  if (status === "loading") return <Status tone="idle">Looking for the hub</Status>;
  if (status === "locked") return <Status tone="warn">Control token required</Status>;
  if (status === "offline") return <Status tone="bad">Hub offline</Status>;
  return <Status tone="good">{hub.sessions.value.length} connected</Status>;
}

/** The problems of the hub or the page as a whole. */
function Notices(): JSX.Element {
  const { hub, isSecond } = useConsole();
  return (
    <>
      {hub.status.value === "offline" && (
        <Notice tone="bad">
          <strong>The local hub doesn't answer.</strong> Devices keep trying, and the page reconnects by
          itself once the hub is back. If you stopped it, run <code>npm start</code> again.
        </Notice>
      )}
      {hub.status.value === "locked" && <Unlock />}
      {isSecond.value && (
        <Notice tone="warn">
          <strong>The console is open in another tab.</strong> Devices that run there can't be switched on
          here: a hub accepts one connection per device. Everything else works in both tabs.
        </Notice>
      )}
    </>
  );
}

/** Asks for the control token of a hub that other machines can reach. */
function Unlock(): JSX.Element {
  const { hub } = useConsole();
  const token = useSignal("");
  return (
    <Notice
      tone="warn"
      action={
        <Button kind="primary" disabled={token.value === ""} onClick={() => hub.unlock(token.value)}>
          Unlock
        </Button>
      }
    >
      <div class="stack tight">
        <p>
          This hub can be reached from other machines, so it requires the control token that it printed at its
          start.
        </p>
        <TextField
          label="Control token"
          secret
          value={token.value}
          onInput={(text) => {
            token.value = text;
          }}
        />
      </div>
    </Notice>
  );
}

const themes = ["system", "light", "dark"] as const;
const themeKey = "isohub.console.theme";

function ThemeButton(): JSX.Element {
  const theme = useSignal<(typeof themes)[number]>(themes.find((each) => each === readTheme()) ?? "system");
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme.value;
  }, [theme.value]);
  const next = (): void => {
    theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
    try {
      localStorage.setItem(themeKey, theme.value);
    } catch {
      // A page without storage forgets the theme.
    }
  };
  return <Button icon="sun" kind="quiet" label={`Theme: ${theme.value}`} onClick={next} />;
}

function readTheme(): string | null {
  try {
    return localStorage.getItem(themeKey);
  } catch {
    return null;
  }
}
