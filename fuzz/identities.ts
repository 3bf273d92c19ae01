import fc from "fast-check";

/** A device or module at its hub; as core has it, and as the emulator has it. */
export interface Identity {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** Every character of an id. @source IoT Hub documentation, identity registry */
const id = fc.string({
  unit: fc.constantFrom(..."abzABZ019-:.%_*?!(),=@$'"),
  minLength: 1,
  maxLength: 30,
});

/** A device or module. */
export const identity: fc.Arbitrary<Identity> = fc.record({
  hostName: fc.constant("hub.example"),
  deviceId: id,
  moduleId: fc.option(id, { nil: undefined }),
});
