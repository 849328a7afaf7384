/** The decision queue: what waits for an officer first; each explained, overridden with a written reason, tried again.  #/decisions/ID */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure, useAnswers } from "./desk.js";
import { Decision } from "./decision.js";
import { code, html, spaced, t } from "./shell.js";
import { call } from "./rules_api.js";
import { Button, Empty, RouteChip, ROUTES, Segments, When } from "./rules_parts.js";
import { address, go } from "./rules_place.js";
import { Head, useVersions, VersionName } from "./lab_parts.js";

const PATHS = { waiting: "/v1/decisions?state=waiting", all: "/v1/decisions" };

export default function Decisions({ parts: [id] }) {
  const versions = useVersions();
  const { answers, failure, refresh } = useAnswers(PATHS, ["officers"]);
  const [which, setWhich] = useState("waiting");
  const [wanted, setWanted] = useState({ route: "", text: "" });
  const [older, setOlder] = useState({ rows: [], next: undefined });
  useEffect(() => {
    // Nothing waits: then what was decided is what there is to see.
    if (answers.waiting?.decisions.length === 0) setWhich("all");
  }, [answers.waiting === undefined]);
  const page = answers[which];
  const known = new Set(page?.decisions.map((one) => one.decisionID));
  const rows = page && [...page.decisions, ...(which === "all" ? older.rows.filter((one) => !known.has(one.decisionID)) : [])];
  const shown = rows?.filter((one) => (!wanted.route || one.route === wanted.route) && (!wanted.text || one.equipmentReference.includes(wanted.text.replace(/\s/g, "").toUpperCase())));
  const next = older.next === undefined ? page?.next : older.next;
  const more = async () => {
    const answer = await call(`/v1/decisions?before=${encodeURIComponent(next)}`);
    setOlder((old) => ({ rows: [...old.rows, ...answer.decisions], next: answer.next }));
  };
  const overridden = (newer) => (refresh(), go(address("decisions", newer.decisionID)));
  return html`<main class="lab page decisions" id="main"><${Head} title=${t("labDecisions")} lead=${t("deLead")} />
    <div class="filters"><${Segments} label=${t("deWhich")} value=${which} onChange=${setWhich} options=${[["waiting", html`${t("deskWaiting")} <span class="quiet">${answers.waiting?.decisions.length ?? ""}</span>`], ["all", t("deAll")]]} />
      <label class="filter"><span>${t("rpRoute")}</span><select value=${wanted.route} onChange=${(event) => setWanted({ ...wanted, route: event.target.value })}><option value="">${t("auAll")}</option>${ROUTES.map((route) => html`<option key=${route} value=${route}>${code("labRoute", route)}</option>`)}</select></label>
      <label class="filter"><span>${t("deBox")}</span><input value=${wanted.text} spellcheck=${false} onInput=${(event) => setWanted({ ...wanted, text: event.target.value })} /></label></div>
    <${Failure} error=${failure} />
    <div class="queue"><div class="queue-list">${!rows && !failure && html`<p class="quiet" role="status">${t("loading")}</p>`}
        ${shown?.length === 0 && html`<${Empty} title=${t(which === "waiting" ? "nothingWaits" : "nothingHere")} />`}
        ${shown?.length > 0 && html`<table class="sheet"><thead><tr><th scope="col">${t("deBox")}</th><th scope="col">${t("rpRoute")}</th><th scope="col">${t("decisionWhy")}</th><th scope="col">${t("decidedAt")}</th></tr></thead><tbody onKeyDown=${walk}>${shown.map((one) => html`<${Row} key=${one.decisionID} one=${one} isChosen=${one.decisionID === id} />`)}</tbody></table>`}
        ${which === "all" && next && html`<p><${Button} word=${t("more")} onClick=${more} /></p>`}</div>
      <div class="queue-detail">${id ? html`<${Detail} key=${id} id=${id} rows=${rows ?? []} versions=${versions} onOverridden=${overridden} />` : html`<${Empty} title=${t("chooseOne")} lead=${t("deChoose")} />`}</div></div></main>`;
}

/** Up and down along the queue. */
function walk(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling", j: "nextElementSibling", k: "previousElementSibling" }[event.key];
  const link = step && event.target.closest("tr")?.[step]?.querySelector("a");
  if (!link) return;
  event.preventDefault();
  link.focus();
}

const remarks = (one) => [one.place, one.isAwaitingSite && t("awaitingSite"), one.isPrecautionary && t("precaution"), one.override && t("overridden"), !one.isCurrent && t("superseded")].filter(Boolean);

const Row = ({ one, isChosen }) => html`<tr class="${isChosen ? "is-chosen" : ""} ${one.isCurrent ? "" : "past-row"}"><th scope="row" class="digits"><a href=${address("decisions", one.decisionID)} aria-current=${isChosen ? "true" : undefined}>${spaced(one.equipmentReference)}</a></th>
  <td><${RouteChip} route=${one.route} /></td><td>${code("reason", one.reason)} <span class="quiet">${remarks(one).join(" · ")}</span></td><td><${When} at=${one.decidedAt} /></td></tr>`;

function Detail({ id, rows, versions, onOverridden }) {
  const row = rows.find((one) => one.decisionID === id);
  const candidates = versions.all.filter((one) => one.isShadow && one.hash !== row?.rulesetHash);
  const tryIt = (...hashes) => `${address("try", ...hashes.filter(Boolean))}?decision=${encodeURIComponent(id)}`;
  return html`<div class="detail-tools">${row && html`<${VersionName} hash=${row.rulesetHash} versions=${versions} />`}<span class="grow"></span>
      <a class="b" href=${tryIt(row?.rulesetHash)}><span>${t("labTry")}</span></a>${candidates.slice(0, 2).map((one) => html`<a key=${one.hash} class="b" href=${tryIt(row?.rulesetHash ?? versions.active, one.hash)}><span>${t("deBeside", one.hash.slice(0, 8))}</span></a>`)}</div>
    <${Decision} id=${id} onOverridden=${onOverridden} />`;
}
