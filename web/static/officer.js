/** The customs desk: which boxes wait for an officer, what was decided and why, alerts, and what was refused. */
import { Failure, Gate, RouteWord, Stamp, Tabs, useAnswers, usePlace } from "./desk.js";
import { Decision } from "./decision.js";
import { MessageDetail, MessageList } from "./messages.js";
import { code, html, Icon, show, spaced, t } from "./shell.js";

const PATHS = {
  waiting: "/v1/decisions?state=waiting",
  decisions: "/v1/decisions",
  alerts: "/v1/alerts",
  refused: "/v1/messages?state=rejected",
};

function Officer() {
  const [tab, id] = usePlace("waiting");
  const { answers, failure, refresh } = useAnswers(PATHS, ["officers"]);
  const waiting = answers.waiting?.decisions;
  const alerts = answers.alerts?.alerts;
  const refused = answers.refused?.messages;
  const overridden = (newer) => {
    refresh();
    location.hash = `#/decisions/${newer.decisionID}`;
  };
  const message = tab === "refused" && refused?.find(({ receiptID }) => receiptID === id);
  const tabs = [
    ["waiting", "deskWaiting", waiting?.length],
    ["decisions", "deskDecisions"],
    ["alerts", "deskAlerts", alerts?.length],
    ["refused", "deskRefused", refused?.length],
  ];
  const lists = { waiting, decisions: answers.decisions?.decisions };
  const isDecision = id && (tab === "waiting" || tab === "decisions");
  return html`<main class="desk">
    <h1>${t("forCustoms")}</h1>
    <${Tabs} label=${t("forCustoms")} current=${tab} tabs=${tabs} />
    <${Failure} error=${failure} />
    <div class="split ${id ? "is-open" : ""}">
      <div class="list-side">
        ${tab in lists && html`<${DecisionList} decisions=${lists[tab]} tab=${tab} chosen=${id} />`}
        ${tab === "alerts" && html`<${Alerts} alerts=${alerts} />`}
        ${tab === "refused" && html`<${MessageList} messages=${refused} tab=${tab} chosen=${id} />`}
      </div>
      <div class="detail-side">
        ${id && html`<a class="plain to-list" href=${`#/${tab}`}><${Icon} name="back" />${t("back")}</a>`}
        ${isDecision && html`<${Decision} id=${id} onOverridden=${overridden} />`}
        ${message && html`<${MessageDetail} message=${message} />`}
        ${!id && tab !== "alerts" && html`<p class="quiet choose">${t("chooseOne")}</p>`}
      </div>
    </div>
  </main>`;
}

function DecisionList({ decisions, tab, chosen }) {
  if (!decisions) return html`<p class="quiet">${t("loading")}</p>`;
  if (!decisions.length) return html`<p class="quiet nothing">${t(tab === "waiting" ? "nothingWaits" : "nothingHere")}</p>`;
  return html`<ul class="rows">${decisions.map((decision) => html`<li key=${decision.decisionID} class=${decision.isCurrent ? "" : "past"}>
    <a href=${`#/${tab}/${decision.decisionID}`} aria-current=${decision.decisionID === chosen ? "true" : undefined}>
      <span class="grow"><b class="digits">${spaced(decision.equipmentReference)}</b>
        <span class="sub">${[code("reason", decision.reason), decision.place, ...remarks(decision)].filter(Boolean).join(" · ")}</span></span>
      <span class="end"><${RouteWord} route=${decision.route} point=${decision.point} /><${Stamp} at=${decision.decidedAt} /></span>
    </a></li>`)}</ul>`;
}

const remarks = ({ isAwaitingSite, isPrecautionary, isCurrent }) => [
  isAwaitingSite && t("awaitingSite"),
  isPrecautionary && t("precaution"),
  !isCurrent && t("superseded"),
];

function Alerts({ alerts }) {
  if (!alerts) return html`<p class="quiet">${t("loading")}</p>`;
  if (!alerts.length) return html`<p class="quiet nothing">${t("nothingHere")}</p>`;
  return html`<ul class="rows">${alerts.map((alert) => html`<li key=${alert.alertID}><div>
    <span class="dot look"><${Icon} name="look" /></span>
    <span class="grow"><b>${code("alert", alert.code)}</b><span class="sub">${alert.detail}</span>
      ${alert.equipmentReference && html`<a class="digits" href=${`/#/c/${alert.equipmentReference}`}>${spaced(alert.equipmentReference)}</a>`}</span>
    <${Stamp} at=${alert.at} />
  </div></li>`)}</ul>`;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} roles=${["customs"]} Page=${Officer} />`);
