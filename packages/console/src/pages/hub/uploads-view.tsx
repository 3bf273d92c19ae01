import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useConsole, useRepaints } from "../../ui/context.ts";
import { Button } from "../../ui/controls.tsx";
import { Empty, Errors, Json } from "../../ui/parts.tsx";
import { useAction } from "../../ui/use-action.ts";

/** The files that devices have uploaded, with their content to save. */
export function UploadsView(): JSX.Element {
  const { hub } = useConsole();
  const { client } = hub;
  useRepaints();
  const uploads = useAction<Awaited<ReturnType<typeof client.uploads>>>();
  const save = useAction<unknown>();
  const changes = ["fileUploadStarted", "fileUploadNotified"]
    .map((type) => hub.eventCounts.get(type) ?? 0)
    .join();
  // The list changes with these events.
  useEffect(() => void uploads.run(() => client.uploads()), [changes]);
  const list = uploads.result.value ?? [];
  return (
    <section class="card stack" aria-label="Uploads">
      <Errors of={[uploads, save]} />
      {list.length === 0 && (
        <Empty
          icon="download"
          title="No uploads"
          text="Files appear here when a device uploads one. The hub stores them with the package azurite, which you install separately."
        />
      )}
      {list.toReversed().map((upload) => (
        <article key={upload.correlationId} class="stack tight">
          <div class="bar">
            <h3 class="break">{upload.blobName}</h3>
            <Button
              small
              icon="download"
              onClick={() =>
                void save.run(async () => {
                  const bytes = await client.readBlob(upload.blobName);
                  saveFile(upload.blobName.split("/").pop() ?? "upload", new Blob([new Uint8Array(bytes)]));
                })
              }
            >
              Save the file
            </Button>
          </div>
          <Json label={`Upload of ${upload.blobName}`} value={upload} />
        </article>
      ))}
    </section>
  );
}

/** Lets the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
