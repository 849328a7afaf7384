/** The watch list: many containers at a glance, live over one stream; added by typing, pasting or from a CSV file. */
import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.module.js";
import { Failure, Gate, useDoing } from "./desk.js";
import { detect } from "./identifiers.js";
import { ask, follow, Refused } from "./live.js";
import { html, Icon, learn, say, setServerTime, show, spaced, t } from "./shell.js";
import { tone } from "./status.js";

learn({ zh: () => import("./words/watch_zh.js"), en: () => import("./words/watch_en.js") });

const LIVE_AT_MOST = 128; // What one stream may follow.
const PAGE = 500;
const POLL_MS = 60_000;
const GATHER_MS = 100;

const path = (number) => `/v1/watchlist/${encodeURIComponent(number)}`;

/** Everything on the list: `{items, failure, refresh}`; undefined until it came. */
function useList() {
  const [state, setState] = useState({});
  const refresh = useCallback(async () => {
    try {
      const items = [];
      let after = null;
      do {
        const page = await ask(`/v1/watchlist?limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
        items.push(...page.items);
        after = page.next;
      } while (after);
      setState({ items });
    } catch (failure) {
      setState(({ items }) => ({ items, failure }));
    }
  }, []);
  useEffect(() => {
    refresh();
    const poll = setInterval(refresh, POLL_MS);
    return () => clearInterval(poll);
  }, []);
  return { ...state, refresh };
}

/** What the stream tells of the first of `numbers`: `{statuses, phase}`, a status by number, null while there is none. */
function useLive(numbers, onSignedOut) {
  const [statuses, setStatuses] = useState({});
  const [phase, setPhase] = useState("CONNECTING");
  const line = useRef(null);
  const keys = JSON.stringify(numbers.slice(0, LIVE_AT_MOST).map((number) => `container:${number}`).sort());
  useEffect(() => {
    const wanted = JSON.parse(keys);
    if (line.current) return line.current.setKeys(wanted);
    if (!wanted.length) return;
    const heard = {};
    let gathering = 0;
    // A hundred snapshots at once are drawn once.
    const draw = () => {
      gathering = 0;
      setStatuses({ ...heard });
    };
    const onTelling = ({ kind, key, at, data }) => {
      setServerTime(at);
      const isNone = kind === "ended" || (kind === "snapshot" && !data.headline);
      if (!isNone && !data?.headline) return;
      heard[key.slice(10)] = isNone ? null : data;
      gathering ||= setTimeout(draw, GATHER_MS);
    };
    const onPhase = (next) => (setPhase(next), next === "SIGNED_OUT" && onSignedOut());
    line.current = follow(wanted, { onTelling, onPhase });
  }, [keys]);
  useEffect(() => () => line.current?.stop(), []);
  return { statuses, phase };
}

function Watchlist({ onSignedOut }) {
  const { items, failure, refresh } = useList();
  const [label, setLabel] = useState("");
  const [removed, setRemoved] = useState(null);
  const { run, error } = useDoing();
  const numbers = (items ?? []).map((item) => item.equipmentReference);
  const { statuses, phase } = useLive(numbers, onSignedOut);
  const labels = [...new Set((items ?? []).map((item) => item.label).filter(Boolean))].sort();
  const shown = items?.filter((item) => !label || item.label === label);
  const remove = (item) =>
    run(async () => {
      await ask(path(item.equipmentReference), { method: "DELETE" });
      setRemoved(item);
      await refresh();
    });
  const undo = () =>
    run(async () => {
      await ask("/v1/watchlist", { method: "POST", body: { containers: [removed.equipmentReference], label: removed.label } });
      setRemoved(null);
      await refresh();
    });
  return html`<main class="column watchlist">
    <h1 class="page-title">${t("watchlist")} ${items?.length > 0 && html`<small class="quiet">${t("boxes", items.length)}</small>`}</h1>
    <p class="quiet">${t("watchLead")}</p>
    <${Add} onDone=${refresh} />
    <${Failure} error=${failure ?? error} />
    <p role="status">${removed && html`${t("removed", spaced(removed.equipmentReference))}
      ${" "}<button class="plain" onClick=${undo}>${t("undo")}</button>`}</p>
    ${!items && !failure && html`<p class="quiet waiting">${t("loading")}</p>`}
    ${items?.length === 0 && html`<section class="card empty"><h2>${t("nothingWatched")}</h2><p class="quiet">${t("nothingWatchedLead")}</p></section>`}
    ${items?.length > 0 && html`
      <${Freshness} phase=${phase} count=${items.length} />
      ${labels.length > 1 && html`<label class="by-label">${t("filterBy")}
        <select value=${label} onChange=${(event) => setLabel(event.target.value)}>
          <option value="">${t("everything")}</option>${labels.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
        </select></label>`}
      <ul class="rows">${shown.map((item) => html`<${Box} key=${item.equipmentReference} item=${item}
        status=${statuses[item.equipmentReference] ?? (item.headline && item)} onRemove=${() => remove(item)} />`)}</ul>
      <p class="watch-foot"><a class="second plain" href="/v1/watchlist.csv" download="watchlist.csv">${t("exportCsv")}</a>
        <a class="plain" href="/notifications">${t("notifyMe")}<${Icon} name="next" /></a></p>`}
  </main>`;
}

function Freshness({ phase, count }) {
  return html`${phase === "LIVE"
    ? html`<p class="live"><span class="pulse"></span>${t("live")}</p>`
    : html`<p class="live quiet">${phase === "ENDED" ? t("ended") : t("connecting")}</p>`}
    ${count > LIVE_AT_MOST && html`<p class="sub">${t("liveFirst", LIVE_AT_MOST)}</p>`}`;
}

/** One container: its colour with its icon, its word, what comes next. */
function Box({ item, status, onRemove }) {
  const number = item.equipmentReference;
  const mood = status ? tone(status) : "none";
  return html`<li class="watched">
    <a href=${`/#/c/${number}`}>
      <span class="dot ${mood}"><${Icon} name=${mood} /></span>
      <span class="grow"><b>${status ? say(status.headline) : t("notReportedYet")}</b>
        <span class="sub"><span class="digits">${spaced(number)}</span>${item.label && html` · ${item.label}`}</span>
        ${status?.nextStep && html`<span class="sub">${say(status.nextStep)}</span>`}</span>
    </a>
    <button class="plain round" onClick=${onRemove} aria-label=${t("removeOne", spaced(number))}><${Icon} name="stop" /></button>
  </li>`;
}

/** The numbers in a text: by line, comma or semicolon, and by space where a line is not one number as it stands. */
export function numbersIn(text) {
  const parts = text.normalize("NFKC").split(/[\n\t,;、]+/).map((part) => part.trim()).filter(Boolean);
  const found = parts.flatMap((part) => (detect(part).kind === "CONTAINER" ? [part] : part.split(/\s+/))).map((part) => ({ part, ...detect(part) }));
  const isGood = ({ kind, isValid }) => kind === "CONTAINER" && isValid;
  return { good: [...new Set(found.filter(isGood).map(({ value }) => value))], bad: found.filter((one) => !isGood(one)) };
}

function Add({ onDone }) {
  const [text, setText] = useState("");
  const [answer, setAnswer] = useState(null);
  const { run, isBusy, error } = useDoing();
  const { good, bad } = numbersIn(text);
  const submit = (event) => {
    event.preventDefault();
    const label = new FormData(event.target).get("label").trim();
    if (!good.length) return;
    run(async () => {
      setAnswer(await ask("/v1/watchlist", { method: "POST", body: { containers: good, label } }));
      setText(bad.map(({ part }) => part).join("\n")); // What must be checked stays.
      await onDone();
    });
  };
  const upload = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) run(async () => (setAnswer(await sendCsv(file)), await onDone()));
  };
  const correct = ({ part, suggestion }) => setText(text.replace(part, suggestion));
  return html`<section class="card add">
    <form onSubmit=${submit}>
      <label for="numbers">${t("addNumbers")}</label>
      <textarea id="numbers" rows="2" value=${text} onInput=${(event) => setText(event.target.value)} placeholder="CSQU3054383"
        autocapitalize="characters" autocomplete="off" spellcheck=${false} aria-describedby="numbers-seen"></textarea>
      <p id="numbers-seen" class="sub" role="status">${text.trim() ? t("numbersFound", good.length) : t("addHint")}
        ${bad.length > 0 && html` · <span class="stop">${t("toCheck", bad.length)}</span>`}</p>
      ${bad.slice(0, 5).map((one) => html`<p class="check" key=${one.part}><b class="digits">${one.part}</b> ${one.suggestion
        ? html`<button type="button" class="plain" onClick=${() => correct(one)}>→ ${spaced(one.suggestion)}</button>`
        : t("notANumber")}</p>`)}
      <div class="with-label"><div><label for="label">${t("addLabel")}</label><input id="label" name="label" maxlength="100" autocomplete="off" /></div>
        <button class="primary" disabled=${isBusy || !good.length}>${t("addButton")}</button></div>
    </form>
    <label class="second plain upload">${t("uploadCsv")}<input type="file" accept=".csv,.txt,text/csv" onChange=${upload} disabled=${isBusy} /></label>
    <p class="sub" role="status">${answer && told(answer)}</p>
    ${(answer?.refused ?? []).slice(0, 5).map((one) => html`<p class="check" key=${one.value}><b class="digits">${one.value}</b> ${one.fix}</p>`)}
    <${Failure} error=${error} />
  </section>`;
}

const told = ({ added, already, refused }) =>
  [
    t("addedNow", added.length),
    already.length && t("alreadyThere", already.length),
    refused.length && t("toCheck", refused.length),
  ].filter(Boolean).join(" · ");

async function sendCsv(file) {
  const response = await fetch("/v1/watchlist", { method: "POST", headers: { "content-type": "text/csv" }, body: file });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} Page=${Watchlist} />`);
