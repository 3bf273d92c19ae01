import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./styles/tokens.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/charts.css";
import { App } from "./app.tsx";
import { Console } from "./model/console.ts";
import { ConsoleContext } from "./ui/context.ts";

const root = document.getElementById("app");
if (root === null) throw new Error("The page must contain an element with the id 'app'");
const model = new Console();
model.start();
root.replaceChildren();
render(
  <ConsoleContext.Provider value={model}>
    <App />
  </ConsoleContext.Provider>,
  root,
);
