import { IoTHubDeviceClient } from "@isohub/browser";

const outdoorTemperature = 14;

/** A simulated thermostat that heats towards its desired temperature. The device code is the same on real hardware. */
export class Thermostat {
  #client;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #changed;
  temperature = outdoorTemperature + Math.random() * 4;
  target = 20;
  /** The number of messages that the hub has acknowledged. */
  sent = 0;
  /** The latest event, as text for the table. */
  lastEvent = "";

  /**
   * @param {string} id
   * @param {string} connectionString
   * @param {(thermostat: Thermostat) => void} changed
   */
  constructor(id, connectionString, changed) {
    this.id = id;
    this.#changed = () => changed(this);
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString);
    this.#client = client;
    client.onConnectionStateChange = this.#changed;
    client.onBackgroundException = (error) => this.#report(error.message);
    client.onMessageReceived = (message) => {
      this.#report(`“${message.text()}”`);
    };
    client.onTwinDesiredPropertiesPatchReceived = ({ targetTemperature }) => this.#aimFor(targetTemperature);
    client.handleMethod("boost", ({ payload }) => {
      const { degrees = 3 } = /** @type {{ degrees?: number }} */ (payload ?? {});
      this.temperature += degrees;
      this.#report(`boosted to ${this.temperature.toFixed(1)} °C`);
      return { status: 200, payload: { temperature: this.temperature } };
    });
  }

  /** @returns {string} */
  get status() {
    return this.#client.state.status;
  }

  /** Connects, reads the twin, then sends a reading every second. */
  async start() {
    await this.#client.connect();
    const { desired } = await this.#client.getTwin();
    await this.#aimFor(desired.targetTemperature ?? this.target);
    this.#timer = setInterval(() => this.#measure(), 1000);
  }

  stop() {
    clearInterval(this.#timer);
    return this.#client.shutdown();
  }

  async #measure() {
    this.temperature += (this.target - this.temperature) * 0.15 + (Math.random() - 0.5) * 0.3;
    this.#changed();
    // The client resends the message if the connection drops.
    await this.#client.sendMessage({ temperature: Number(this.temperature.toFixed(2)) }).then(
      () => {
        this.sent += 1;
        this.#changed();
      },
      (error) => this.#report(error.message),
    );
  }

  /** @param {unknown} target */
  async #aimFor(target) {
    if (typeof target !== "number") return;
    this.target = target;
    await this.#client.patchTwinReportedProperties({ targetTemperature: target });
    this.#report(`reported ${target} °C`);
  }

  /** @param {string} event */
  #report(event) {
    this.lastEvent = event;
    this.#changed();
  }
}
