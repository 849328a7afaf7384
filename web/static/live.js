/** The page's line to the port: asks its doors, follows its feed, keeps one container up to date. */
import { setServerTime } from "./shell.js";
import { Conversation, isFinal, retryDelay, SILENCE_MS } from "./stream.js";

const PATIENCE_MS = 20_000;
const CONNECT_MS = 15_000;
const LOOK_MS = 5_000;
const POLL_MS = 30_000;
const FLAP_MS = 3_000; // A line that is back so soon was never lost.
const STEADY_MS = 10_000; // One that lived so long was a good one.

/** An answer that is not a success, with the problem+json body (RFC 9457) when there is one. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
  }
}

/** The JSON answer, or null when there is no body. Throws `Refused`; any other error means nobody answered. */
export async function ask(path, { method, body } = {}) {
  const response = await fetch(path, {
    method,
    cache: "no-store",
    signal: AbortSignal.timeout?.(PATIENCE_MS), // Older WebViews wait as long as they like.
    headers: body && { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text ? parse(text) : null;
  if (!response.ok) throw new Refused(response.status, answer ?? {});
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) }; // A proxy's own error page.
  }
}

/**
 * Follows `keys` until `stop` is called; `setKeys` changes them while it runs. `onTelling` gets what stream.js tells;
 * `onPhase` gets CONNECTING, LIVE, WAITING (to try again), OFFLINE, SIGNED_OUT, or ENDED and why.
 */
export function follow(keys, { onTelling, onPhase }) {
  const conversation = new Conversation(keys);
  let socket = null;
  let attempt = 0;
  let heardAt = 0;
  let liveSince = Infinity;
  let retry = 0;
  let turn = 0; // Counts connections: a former one is not listened to.

  function say({ send, tell }) {
    for (const frame of send) socket?.send(JSON.stringify(frame));
    for (const telling of tell) take(telling);
  }

  function take(telling) {
    if (telling.kind === "connected") {
      liveSince = Date.now();
      onPhase("LIVE");
    }
    if (telling.isFinal) end("ENDED", telling.reason);
    else if (telling.kind === "gap") later();
    else onTelling(telling);
  }

  function close() {
    turn += 1;
    socket?.close();
    socket = null;
    clearTimeout(retry);
  }

  function end(phase, reason) {
    close();
    removeEventListener("online", back);
    removeEventListener("offline", lose);
    document.removeEventListener("visibilitychange", look);
    clearInterval(watching);
    if (phase) onPhase(phase, reason);
  }

  function later() {
    close();
    if (Date.now() - liveSince > STEADY_MS) attempt = 0;
    liveSince = Infinity;
    onPhase(navigator.onLine ? "WAITING" : "OFFLINE");
    retry = setTimeout(connect, retryDelay(attempt++, Math.random()));
  }

  /** The network is there again, and for many at once. */
  const back = () => socket || later();

  function lose() {
    close();
    onPhase("OFFLINE");
  }

  async function connect() {
    close();
    const mine = turn;
    onPhase("CONNECTING");
    try {
      const { ticket } = await ask("/v1/stream-tickets", { method: "POST" });
      if (mine === turn) open(ticket, mine);
    } catch (error) {
      if (mine !== turn) return;
      if (error instanceof Refused && error.status === 401) end("SIGNED_OUT");
      else later();
    }
  }

  function open(ticket, mine) {
    heardAt = Date.now() - SILENCE_MS + CONNECT_MS; // One that never opens is given up earlier.
    socket = new WebSocket(`${location.origin.replace("http", "ws")}/v1/stream`);
    socket.onopen = () => mine === turn && say(conversation.begin(ticket));
    socket.onmessage = ({ data }) => {
      if (mine !== turn) return;
      heardAt = Date.now();
      say(conversation.hear(JSON.parse(data)));
    };
    socket.onclose = ({ code, reason }) => {
      if (mine !== turn) return;
      if (isFinal(code)) end("ENDED", reason);
      else later();
    };
  }

  /** A line that died without a word, or a phone that slept. */
  function look() {
    if (socket && Date.now() - heardAt > SILENCE_MS) later();
    else if (!socket && document.visibilityState === "visible" && navigator.onLine) connect();
  }

  const watching = setInterval(() => socket && look(), LOOK_MS);
  addEventListener("online", back);
  addEventListener("offline", lose);
  document.addEventListener("visibilitychange", look);
  connect();
  return { stop: () => end(), setKeys: (next) => say(conversation.setKeys(next)) };
}

/**
 * Watches a container until the returned function is called; `visit` names an earlier stay. `onView` gets `{status, lines,
 * problem, isDown, phase, reason, seenAt, lostAt, isLost, changedAt}` whenever one of them changes.
 */
export function watch(number, visit, { onView, onSignedOut }) {
  const address = `/v1/containers/${encodeURIComponent(number)}`;
  const query = visit ? `?visit=${encodeURIComponent(visit)}` : "";
  let view = { phase: "CONNECTING" };
  let linesOf = ""; // The visit and version the timeline was read at.
  let flap = 0;
  let following = null;
  let isStopped = false;

  function merge(part) {
    if (isStopped) return;
    view = { ...view, ...part };
    onView(view);
  }

  function take(status) {
    const { status: old } = view;
    if (visit && old && status.visitID !== old.visitID) return; // The feed follows the latest stay.
    const changedAt = old && old.headline.code !== status.headline.code ? Date.now() : view.changedAt;
    merge({ status, problem: null, isDown: false, seenAt: Date.now(), changedAt });
    if (linesOf !== `${status.visitID} ${status.version}`) readTimeline();
  }

  function fail(error) {
    if (!(error instanceof Refused) || error.status >= 500 || error.status === 429) merge({ isDown: true });
    else if (error.status === 401) leave();
    else merge({ problem: error, status: null, lines: null, isDown: false, seenAt: Date.now() });
  }

  function leave() {
    if (!isStopped) onSignedOut();
  }

  async function readTimeline() {
    try {
      const { visitID, version, lines } = await ask(`${address}/timeline${query}`);
      linesOf = `${visitID} ${version}`;
      merge({ lines, hasNoLines: false });
    } catch {
      merge({ lines: null, hasNoLines: true });
    }
  }

  const refresh = () => ask(address + query).then(take, fail);

  function onTelling({ kind, at, version, data }) {
    setServerTime(at);
    merge({ seenAt: Date.now() });
    if (data?.headline) take(data);
    else if (kind === "event" || kind === "ended" || (kind === "snapshot" && version > 0)) refresh();
  }

  function onPhase(phase, reason) {
    if (phase === "SIGNED_OUT") leave();
    const lostAt = phase === "LIVE" ? null : (view.lostAt ?? Date.now());
    merge({ phase, reason, lostAt, isLost: lostAt && (view.isLost || phase === "OFFLINE" || phase === "ENDED") });
    clearTimeout(flap);
    if (lostAt && !view.isLost) flap = setTimeout(() => merge({ isLost: true }), lostAt + FLAP_MS - Date.now());
  }

  refresh().then(() => {
    if (!isStopped && view.problem?.status !== 422) following = follow([`container:${number}`], { onTelling, onPhase });
  });
  const isWell = () => view.phase === "LIVE" && !view.isDown && !view.hasNoLines;
  const poll = setInterval(() => isWell() || refresh(), POLL_MS);
  return () => {
    isStopped = true;
    clearInterval(poll);
    clearTimeout(flap);
    following?.stop();
  };
}
