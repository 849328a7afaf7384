/** The phone page: an address (`#/c/NUMBER[/VISIT]`, `#/q/TEXT` or nothing) to what is shown. Holds the page's state. */
import { ask, watch } from "./live.js";
import { Bar, Brand, clock, html, Icon, keepRecent, learn, say, show, spaced, t } from "./shell.js";
import { Hero, Holding, Readiness, Timeline, tone } from "./status.js";

const FRESH_MS = 60_000;
const AGES_GROW_MS = 5_000;
const NOTE_MS = 2_500;

const state = { place: { kind: "home" }, session: undefined, view: {}, note: null, search: null };
let stopWatching = () => {};

function read() {
  const [kind, value, visit] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  if (kind === "c" && value) return { kind: "container", number: value.toUpperCase(), visit };
  if (kind === "q" && value) return { kind: "search", text: value };
  return { kind: "home" };
}

function set(part) {
  Object.assign(state, part);
  draw();
}

const signedOut = () => set({ session: null });

function take(session) {
  set({ session });
  if (session) go();
  else stopWatching();
}

function go() {
  stopWatching();
  const place = read();
  set({ place, view: {}, note: null });
  const { kind, number, visit } = place;
  if (kind === "container") stopWatching = watch(number, visit, { onView: seen, onSignedOut: signedOut });
  else if (!state.session) askWho();
}

/** For the foot; a status page hears by itself when nobody is signed in. */
const askWho = () =>
  ask("/v1/session").then(
    (session) => set({ session }),
    (error) => error.status === 401 && signedOut(),
  );

function seen(view) {
  if (view.status && !state.view.status) keepRecent(state.place.number);
  set({ view });
}

function announce(work, done, failed) {
  work.then(
    () => set({ note: done }),
    () => set({ note: failed }),
  );
  setTimeout(() => set({ note: null }), NOTE_MS);
}

const copy = () => announce(navigator.clipboard?.writeText(location.href) ?? Promise.reject(new Error("no clipboard")), "copied", "copyByHand");

const keep = () => announce(ask("/v1/watchlist", { method: "POST", body: { containers: [state.place.number] } }), "watched", "unreachable");

const sheet = (href) =>
  new Promise((resolve) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: resolve })));

/** What a status page does not need comes when something asks for it. */
function search() {
  if (state.search === null) {
    state.search = undefined;
    const learning = learn({ zh: () => import("./words/search_zh.js"), en: () => import("./words/search_en.js") });
    Promise.all([import("./search.js"), learning, sheet("/static/search.css")]).then(([module]) => set({ search: module }));
  }
  return state.search;
}

function Phone({ redraw }) {
  const { place, session, view } = state;
  const bar = (left) => html`<${Bar} onChange=${redraw}>${left}<//>`;
  const brand = bar(html`<${Brand} />`);
  const back = bar(html`<a class="plain back" href="#/"><${Icon} name="back" />${t("search")}</a>`);
  if (session !== null && place.kind === "container") {
    const words = view.problem && search();
    return html`<${ContainerPage} ...${place} view=${view} note=${state.note} bar=${back}
      refusal=${words && html`<${words.Refusal} refused=${view.problem} number=${place.number} />`} />`;
  }
  if (!search()) return null;
  const { Foot, Home, Results, SignIn } = search();
  if (session === null) return html`${brand}<${SignIn} onSession=${take} />`;
  const foot = html`<${Foot} session=${session} onSession=${take} />`;
  return place.kind === "search"
    ? html`${back}<${Results} key=${place.text} text=${place.text} onSignedOut=${signedOut} />${foot}`
    : html`${brand}<${Home} />${foot}`;
}

/** `bar` is what stands above the number, `refusal` what is said when there is no status to show. */
function ContainerPage({ number, visit, view, note, bar, refusal }) {
  const { status, problem, lines, isDown } = view;
  const mood = status ? tone(status) : "plain-top";
  const justChanged = view.changedAt && Date.now() - view.changedAt < FRESH_MS;
  return html`
    <div class="flood ${mood}">${bar}</div>
    <main>
      <div class="flood ${mood}"><div class="column hero">
        <div class="number"><span class="digits">${spaced(number)}</span>
          <button class="plain round" onClick=${keep} aria-label=${t("watch")}><${Icon} name="star" /></button>
          <button class="plain round" onClick=${copy} aria-label=${t("copyLink")}><${Icon} name="link" /></button>
          <span class="toast" role="status">${note && t(note)}</span></div>
        ${status && html`<${Hero} status=${status} justChanged=${justChanged} />`}
      </div></div>
      <div class="column" key=${status ? "status" : "none"}>
        ${(status || problem?.status === 404) && html`<${Freshness} view=${view} />`}
        ${visit && status && html`<p class="quiet live">${t("earlierVisit")} <a href=${`#/c/${number}`}>${t("latestVisit")}</a></p>`}
        ${status && html`<${Holding} status=${status} /><${Readiness} status=${status} /><${Timeline} lines=${lines} isMissing=${view.hasNoLines} />`}
        ${problem && refusal}
        ${!status && !problem && (isDown ? html`<${Unreachable} />` : html`<p class="quiet waiting" role="status">${t("loading")}</p>`)}
      </div>
    </main>`;
}

/** The page's title says the status too, and the phone's own bar above the page takes its colour. */
function dress(number, { status }) {
  document.title = status ? `${say(status.headline)} · ${number}` : number;
  const flood = document.querySelector(".flood");
  if (flood) document.querySelector("meta[name=theme-color]").content = getComputedStyle(flood).backgroundColor;
}

/** Live, or since when not, and from when is what is seen. */
function Freshness({ view: { phase, lostAt, isLost, seenAt, reason, isDown } }) {
  if (phase === "LIVE" && !isDown) return html`<p class="live"><span class="pulse"></span>${t("live")}</p>`;
  if (!isLost && !isDown) return html`<p class="live quiet">${t("connecting")}</p>`;
  const head = phase === "ENDED" ? t("ended") : t(phase === "OFFLINE" ? "offlineSince" : "notLiveSince", clock(lostAt ?? seenAt));
  return html`<div class="banner" role="alert">
    <${Icon} name="look" />
    <p><b>${head}</b><br />${t("seenFrom", clock(seenAt))} ${phase === "ENDED" ? reason : t("retrying")}</p>
  </div>`;
}

const Unreachable = () => html`<section class="card empty"><h1>${t("unreachable")}</h1><p>${t("unreachableLead")}</p></section>`;

const redraw = show(Phone);

function draw() {
  redraw();
  if (state.place.kind === "container") dress(state.place.number, state.view);
  else document.title = t("product");
}

addEventListener("hashchange", () => {
  go();
  scrollTo(0, 0);
});
setInterval(() => state.place.kind === "container" && draw(), AGES_GROW_MS);
go();
