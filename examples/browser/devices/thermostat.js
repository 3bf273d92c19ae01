import { IoTHubDeviceClient } from "@isohub/browser";

const outside = 14;

/** A thermostat that heats towards its desired temperature: one device, as it would be on real hardware. */
export class Thermostat {
  #client;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #changed;
  temperature = outside + Math.random() * 4;
  target = 20;
  /** The hub has acknowledged so many messages. */
  sent = 0;
  /** What happened last. */
  news = "";
  /** Methods that were called, and messages from the cloud. */
  received = 0;

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
    client.onBackgroundException = (error) => this.#tell(error.message);
    client.onMessageReceived = (message) => {
      this.received += 1;
      this.#tell(`“${message.text()}”`);
    };
    client.onTwinDesiredPropertiesPatchReceived = ({ targetTemperature }) => this.#aimFor(targetTemperature);
    client.handleMethod("boost", ({ payload }) => {
      this.received += 1;
      const { degrees = 3 } = /** @type {{ degrees?: number }} */ (payload ?? {});
      this.temperature += degrees;
      this.#tell(`boosted to ${this.temperature.toFixed(1)} °C`);
      return { status: 200, payload: { temperature: this.temperature } };
    });
  }

  /** @returns {string} */
  get status() {
    return this.#client.state.status;
  }

  /** Connects, reads its twin and sends a reading each second from then on. */
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
    // Sent again by itself when the connection is lost on the way.
    await this.#client.sendMessage({ temperature: Number(this.temperature.toFixed(2)) }).then(
      () => {
        this.sent += 1;
        this.#changed();
      },
      (error) => this.#tell(error.message),
    );
  }

  /** @param {unknown} target */
  async #aimFor(target) {
    if (typeof target !== "number") return;
    this.target = target;
    await this.#client.patchTwinReportedProperties({ targetTemperature: target });
    this.#tell(`reported ${target} °C`);
  }

  /** @param {string} news */
  #tell(news) {
    this.news = news;
    this.#changed();
  }
}
