import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/tables.css";
import "./styles/charts.css";
import "./styles/forced-colors.css";
import { App } from "./app.tsx";
import { Console } from "./model/console.ts";
import type { HubSource } from "./model/hub/hub-access.ts";
import { ConsoleContext } from "./ui/context.ts";

/** Shows the console of a hub in the page. */
export function startConsole(hub: HubSource): void {
  const root = document.getElementById("app");
  if (root === null) throw new Error("The page must contain an element with the id 'app'");
  const model = new Console(hub);
  model.start();
  root.replaceChildren();
  render(
    <ConsoleContext.Provider value={model}>
      <App />
    </ConsoleContext.Provider>,
    root,
  );
}
