/** What the desks share: lists that keep themselves fresh, the frame with its tabs, routes and refusals as words. */
import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.module.js";
import { ask, follow, Refused } from "./live.js";
import { Bar, Brand, code, html, Icon, knows, learn, moment, setServerTime, t } from "./shell.js";
import { Foot, SignIn } from "./account.js";

learn({ zh: () => import("./words/search_zh.js"), en: () => import("./words/search_en.js") });
learn({ zh: () => import("./words/desk_zh.js"), en: () => import("./words/desk_en.js") });

const POLL_MS = 60_000;
const GATHER_MS = 250;

export const ROUTE_TONES = { DIRECT_RELEASE: "go", SCAN: "look", INSPECTION: "stop", YARD: "wait", HOLD: "stop" };
const ROUTE_ICONS = { ...ROUTE_TONES, HOLD: "hold" };

/**
 * The answers at `paths` (name → address), asked anew when the feed speaks on one of `keys` and now and then besides.
 * `{answers, failure, phase, refresh}`; an answer is undefined until it came.
 */
export function useAnswers(paths, keys = []) {
  const [answers, setAnswers] = useState({});
  const [failure, setFailure] = useState(null);
  const [phase, setPhase] = useState("CONNECTING");
  const asked = JSON.stringify([paths, keys]);
  const refresh = useCallback(async () => {
    try {
      const told = await Promise.all(Object.values(paths).map((path) => ask(path)));
      setAnswers(Object.fromEntries(Object.keys(paths).map((name, n) => [name, told[n]])));
      setFailure(null);
    } catch (error) {
      setFailure(error);
    }
  }, [asked]);
  useEffect(() => {
    let gathering = 0;
    const soon = () => {
      clearTimeout(gathering);
      gathering = setTimeout(refresh, GATHER_MS);
    };
    const onTelling = ({ kind, at }) => {
      setServerTime(at);
      if (kind === "event" || kind === "stub" || kind === "snapshot") soon();
    };
    refresh();
    const following = keys.length ? follow(keys, { onTelling, onPhase: setPhase }) : null;
    const poll = setInterval(refresh, POLL_MS);
    return () => {
      clearTimeout(gathering);
      clearInterval(poll);
      following?.stop();
    };
  }, [asked]);
  return { answers, failure, phase, refresh };
}

/** The part of the address after `#`: `[tab, id]`. */
export function usePlace(first) {
  const read = () => {
    const [tab, id] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
    return [tab || first, id];
  };
  const [place, setPlace] = useState(read());
  useEffect(() => {
    const move = () => setPlace(read());
    addEventListener("hashchange", move);
    return () => removeEventListener("hashchange", move);
  }, []);
  return place;
}

/** Who is signed in: undefined while asking, null for nobody. */
function useSession() {
  const [session, setSession] = useState(undefined);
  useEffect(() => {
    ask("/v1/session").then(setSession, (error) => setSession(error instanceof Refused ? null : undefined));
  }, []);
  return [session, setSession];
}

/** Signs in first, then shows `Page` with `session` to the roles it is for. */
export function Gate({ redraw, roles, Page }) {
  const [session, setSession] = useSession();
  const out = useCallback(() => setSession(null), []);
  const bar = html`<${Bar} onChange=${redraw}><${Brand} /><//>`;
  if (session === undefined)
    return html`${bar}<main class="column"><p class="quiet waiting" role="status">${t("loading")}</p></main>`;
  if (session === null) return html`${bar}<${SignIn} onSession=${setSession} />`;
  const foot = html`<${Foot} session=${session} onSession=${setSession} />`;
  if (roles && !roles.includes(session.role))
    return html`${bar}<main class="column"><section class="card empty">
      <h1>${t("wrongDesk")}</h1><p>${t("wrongDeskLead")}</p></section></main>${foot}`;
  return html`${bar}<${Page} session=${session} onSignedOut=${out} />${foot}`;
}

export function Tabs({ tabs, current, label }) {
  return html`<nav class="tabs" aria-label=${label}>${tabs.map(([tab, word, count]) => html`<a key=${tab}
    href=${`#/${tab}`} aria-current=${tab === current ? "page" : undefined}>${t(word)}${count > 0 && html` <span class="count">${count}</span>`}</a>`)}</nav>`;
}

/** Colour, icon and word of a route, always together. */
export function RouteWord({ route, point }) {
  const direction = { DISCHARGE: "IMPORT", GATE_IN: "EXPORT" }[point];
  const key = `route.${route}.${direction}`;
  const tone = ROUTE_TONES[route];
  return html`<span class="route ${tone}"><span class="dot ${tone}"><${Icon} name=${ROUTE_ICONS[route]} /></span>
    ${knows(key) ? t(key) : code("route", route)}</span>`;
}

export const Stamp = ({ at }) => (at ? html`<time datetime=${at}>${moment(at)}</time>` : null);

/** Why an answer is missing, in words; nothing when it is not. */
export function Failure({ error }) {
  if (!error) return null;
  const words = error instanceof Refused ? [error.message, error.problem.fix].filter(Boolean).join(" ") : t("unreachable");
  return html`<p class="refusal" role="alert">${words}</p>`;
}

/** Runs `work` once at a time; `{run, isBusy, error}`. */
export function useDoing() {
  const [state, setState] = useState({ isBusy: false, error: null });
  const isBusy = useRef(false);
  const run = async (work) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setState({ isBusy: true, error: null });
    try {
      await work();
      setState({ isBusy: false, error: null });
    } catch (error) {
      setState({ isBusy: false, error });
    } finally {
      isBusy.current = false;
    }
  };
  return { run, ...state };
}
