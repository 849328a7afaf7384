/** What is said on the live feed: frames in, frames and tellings out. No sockets, clocks or randomness. */

/** The server speaks at least every 25 s; a line silent for longer than this is dead. */
export const SILENCE_MS = 35_000;

/** Full jitter, so that a thousand phones do not come back at once. */
export const retryDelay = (attempt, random) => random * Math.min(30_000, 500 * 2 ** attempt);

export const isFinal = (code) => code >= 4500 && code <= 4999;

const NOTHING = { send: [], tell: [] };
const FRAMES = ["connected", "subscribed", "snapshot", "event", "heartbeat", "unsubscribed", "disconnect", "error"];

/**
 * One client's side of `WS /v1/stream`. A new connection asks on where the last left off; repeats are dropped; after a `gap`
 * the connection must begin anew. Methods return `{send, tell}`: frames for the server, and what the page should know.
 */
export class Conversation {
  #keys = new Map();
  #nextID = 1;

  constructor(keys) {
    for (const key of keys) this.#keys.set(key, { epoch: null, version: null, asked: null });
  }

  begin(ticket) {
    this.#nextID = 1;
    for (const entry of this.#keys.values()) entry.asked = null;
    return { send: [{ id: this.#nextID++, connect: { ticket } }], tell: [] };
  }

  hear(frame) {
    const name = FRAMES.find((known) => known in frame);
    return name ? this[name](frame[name] ?? {}, frame) : NOTHING;
  }

  connected({ at }) {
    return { send: [...this.#keys.keys()].map((key) => this.#subscribe(key)), tell: [{ kind: "connected", at }] };
  }

  subscribed({ key, epoch, recovered }, { id }) {
    const entry = this.#keys.get(key);
    // Without an id it tells of a new epoch.
    if (!entry || (id !== undefined && entry.asked !== id)) return NOTHING;
    if (!recovered || epoch !== entry.epoch) entry.version = null;
    Object.assign(entry, { epoch, asked: null });
    return NOTHING;
  }

  snapshot({ key, version, epoch, data }) {
    const entry = this.#keys.get(key);
    if (!entry || entry.asked !== null) return NOTHING;
    entry.version = version;
    if (epoch) entry.epoch = epoch;
    return { send: [], tell: [{ kind: "snapshot", key, version, data }] };
  }

  event(event) {
    const { key, version, data } = event;
    const entry = this.#keys.get(key);
    if (!entry || entry.asked !== null || entry.version === null || version <= entry.version) return NOTHING;
    if (version > entry.version + 1) return { send: [], tell: [{ kind: "gap", key }] };
    entry.version = version;
    // A stub stands for what the grant hides: it counts and shows nothing.
    return { send: [], tell: [{ kind: data === undefined || data === null ? "stub" : "event", ...event }] };
  }

  heartbeat({ at }) {
    return { send: [{ pong: {} }], tell: [{ kind: "heartbeat", at }] };
  }

  unsubscribed({ key, reason }) {
    return this.#keys.delete(key) ? { send: [], tell: [{ kind: "ended", key, reason }] } : NOTHING;
  }

  disconnect({ code, reason, reconnect }) {
    return { send: [], tell: [{ kind: "disconnect", reason, isFinal: reconnect === false || isFinal(code) }] };
  }

  error({ reason, code }, { id }) {
    const refused = [...this.#keys].find(([, entry]) => entry.asked === id);
    return refused ? this.unsubscribed({ key: refused[0], reason: reason ?? code }) : NOTHING;
  }

  #subscribe(key) {
    const entry = this.#keys.get(key);
    const { epoch, version } = entry;
    entry.asked = this.#nextID++;
    return { id: entry.asked, subscribe: version === null ? { key } : { key, since: { epoch, version } } };
  }
}
