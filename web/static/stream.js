/** What is said on the live feed: frames in, frames and tellings out. No sockets, clocks or randomness. */

/** The server speaks at least every 25 s; a line silent for longer than this is dead. */
export const SILENCE_MS = 35_000;

/** Full jitter, so that a thousand phones do not come back at once. */
export const retryDelay = (attempt, random) => random * Math.min(30_000, 500 * 2 ** attempt);

export const isFinal = (code) => code >= 4500 && code <= 4999;

const NOTHING = { send: [], tell: [] };
const FRAMES = ["connected", "subscribed", "snapshot", "event", "heartbeat", "unsubscribed", "disconnect", "error"];

/**
 * One client's side of `WS /v1/stream`. A new connection asks on where the last left off. Versions must follow one upon the
 * other: what is left out, repeated or miscounted is a `gap`, after which the connection must begin anew, and that key from
 * nothing. Methods return `{send, tell}`: frames for the server, and what the page should know.
 */
export class Conversation {
  // Of each key: up to where it was told, the id of a request without answer, the version of a snapshot to come.
  #keys = new Map();
  #nextID = 1;
  #isConnected = false;

  constructor(keys) {
    this.setKeys(keys);
  }

  /** From now on follows these. */
  setKeys(keys) {
    const send = [];
    for (const key of this.#keys.keys())
      if (!keys.includes(key) && this.#keys.delete(key)) send.push({ id: this.#nextID++, unsubscribe: { key } });
    for (const key of keys)
      if (!this.#keys.has(key)) {
        this.#keys.set(key, { version: null, asked: null });
        send.push(this.#subscribe(key));
      }
    return this.#isConnected ? { send, tell: [] } : NOTHING;
  }

  begin(ticket) {
    this.#nextID = 1;
    this.#isConnected = false;
    for (const entry of this.#keys.values()) entry.asked = entry.coming = null;
    return { send: [{ id: this.#nextID++, connect: { ticket } }], tell: [] };
  }

  hear(frame) {
    const name = FRAMES.find((known) => known in frame);
    return name ? this[name](frame[name] ?? {}, frame) : NOTHING;
  }

  connected({ at }) {
    this.#isConnected = true;
    return { send: [...this.#keys.keys()].map((key) => this.#subscribe(key)), tell: [{ kind: "connected", at }] };
  }

  subscribed({ key, epoch, version, recovered }, { id = null }) {
    const entry = this.#keys.get(key);
    // Without an id it tells of a new epoch.
    if (!entry || entry.asked !== id) return NOTHING;
    entry.asked = null;
    if (!recovered) Object.assign(entry, { epoch, version: null, coming: version });
    else if (id === null || epoch !== entry.epoch || version < entry.version) return this.#gap(key);
    return NOTHING;
  }

  snapshot({ key, version, data }) {
    const entry = this.#keys.get(key);
    if (!entry || entry.asked !== null) return NOTHING;
    if (entry.coming !== version) return this.#gap(key);
    Object.assign(entry, { version, coming: null });
    return { send: [], tell: [{ kind: "snapshot", key, version, data }] };
  }

  event(event) {
    const { key, version, data } = event;
    const entry = this.#keys.get(key);
    if (!entry || entry.asked !== null) return NOTHING;
    if (entry.version === null || version !== entry.version + 1) return this.#gap(key);
    entry.version = version;
    // A stub stands for what the grant hides: it counts and shows nothing.
    return { send: [], tell: [{ kind: data === undefined || data === null ? "stub" : "event", ...event }] };
  }

  heartbeat({ at, versions = {} }) {
    const wrong = [...this.#keys].find(([key, { asked, version }]) => asked === null && version !== versions[key]);
    return wrong ? this.#gap(wrong[0]) : { send: [{ pong: {} }], tell: [{ kind: "heartbeat", at }] };
  }

  unsubscribed({ key, reason }) {
    const isOurs = this.#keys.get(key)?.asked === null && this.#keys.delete(key);
    return isOurs ? { send: [], tell: [{ kind: "ended", key, reason }] } : NOTHING;
  }

  disconnect({ code, reason, reconnect }) {
    return { send: [], tell: [{ kind: "disconnect", reason, isFinal: reconnect === false || isFinal(code) }] };
  }

  error({ reason }, { id }) {
    const refused = [...this.#keys].find(([, { asked }]) => asked === id);
    if (!refused) return NOTHING;
    this.#keys.delete(refused[0]);
    return { send: [], tell: [{ kind: "ended", key: refused[0], reason }] };
  }

  #subscribe(key) {
    const entry = this.#keys.get(key);
    const { epoch, version } = entry;
    entry.asked = this.#nextID++;
    return { id: entry.asked, subscribe: version === null ? { key } : { key, since: { epoch, version } } };
  }

  #gap(key) {
    this.#keys.get(key).version = null;
    return { send: [], tell: [{ kind: "gap", key }] };
  }
}
