/** Appends a line to the page. @param {...unknown} parts */
export function log(...parts) {
  const line = parts.map((part) => (typeof part === "string" ? part : JSON.stringify(part))).join(" ");
  document.getElementById("log")?.append(`${line}\n`);
}

/** Shows an error, and what can be done about it. @param {unknown} error */
function logError(error) {
  const { message = error, remediation } = /** @type {{ message?: string, remediation?: string }} */ (
    error ?? {}
  );
  log(`Error: ${message}${remediation === undefined ? "" : `. ${remediation}`}`);
}

// A visitor doesn't look into the browser's console. In a second tab, for example, the device is in use.
addEventListener("error", (event) => logError(event.error));
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  logError(event.reason);
});

/** Calls a function when a form is submitted. @param {string} id @param {(values: FormData) => unknown} run */
export function onSubmit(id, run) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById(id));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await run(new FormData(form));
    } catch (error) {
      logError(error);
    }
  });
}
