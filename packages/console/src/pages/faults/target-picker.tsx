import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { Check, TextField } from "../../ui/controls.tsx";

const shownLimit = 24;
/** More devices than this are folded: all of them is the usual choice. */
const openLimit = 8;

/** Chooses the devices that a fault affects: all at first. */
export function TargetPicker(props: {
  readonly ids: readonly string[];
  readonly targets: readonly string[];
  onChange(targets: readonly string[]): void;
}): JSX.Element {
  const { ids, targets, onChange } = props;
  const filter = useSignal("");
  const shown = ids.filter((id) => id.toLowerCase().includes(filter.value.toLowerCase()));
  const boxes = (
    <div class="row">
      {shown.slice(0, shownLimit).map((id) => (
        <Check
          key={id}
          label={id}
          checked={targets.includes(id)}
          onChange={(on) => onChange(on ? [...targets, id] : targets.filter((each) => each !== id))}
        />
      ))}
      {shown.length > shownLimit && <span class="soft small">and {shown.length - shownLimit} more</span>}
    </div>
  );
  return (
    <fieldset class="bare stack tight" aria-label="Affected devices">
      <div class="row spread">
        <Check
          label={`All ${ids.length} devices`}
          checked={targets.length === ids.length}
          mixed={targets.length > 0 && targets.length < ids.length}
          onChange={(all) => onChange(all ? ids : [])}
        />
        {ids.length > shownLimit && (
          <TextField
            label="Filter"
            value={filter.value}
            onInput={(text) => {
              filter.value = text;
            }}
          />
        )}
      </div>
      {ids.length > openLimit ? (
        <details>
          <summary>Choose devices</summary>
          {boxes}
        </details>
      ) : (
        boxes
      )}
    </fieldset>
  );
}
