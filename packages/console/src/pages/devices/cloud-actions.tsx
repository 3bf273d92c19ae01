import type { JSX } from "preact";
import type { SimulatedDevice } from "../../model/devices/simulated-device.ts";
import { useRepaints } from "../../ui/context.ts";
import { Json, Notice } from "../../ui/parts.tsx";
import { MethodCall } from "../hub/method-call.tsx";
import { SendToDevice } from "../hub/send-to-device.tsx";
import { TwinEditor } from "../hub/twin-editor.tsx";

/** The actions of a cloud service on a device: calling a method, changing the twin, and sending a message. */
export function CloudActions({ device }: { readonly device: SimulatedDevice }): JSX.Element {
  useRepaints();
  if (device.spec.credential.kind !== "local") {
    return (
      <div class="stack">
        <Notice>
          This device connects to another hub. Use that hub's own tools for methods, twins and messages.
        </Notice>
        <Json label="Reported properties" value={device.reported} />
      </div>
    );
  }
  const [method = "reboot"] = Object.keys(device.spec.type.methods ?? {});
  return (
    <div class="stack">
      <MethodCall identity={device.id} suggestion={method} />
      <TwinEditor identity={device.id} />
      <SendToDevice deviceId={device.id} />
    </div>
  );
}
