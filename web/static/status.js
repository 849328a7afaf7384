/** The status of one container: the word, the next step, who has it, what is missing, and everything that happened. */
import { ago, clock, code, day, html, Icon, knows, moment, say, t } from "./shell.js";

const CUSTOMS_TONES = {
  RELEASED: "go", NO_INSPECTION: "go", SCAN_ORDERED: "look",
  INSPECTION_ORDERED: "stop", INSPECTING: "stop", HELD: "stop", REJECTED: "stop", VOID: "look", NOT_DECLARED: "look",
};
const LANES = new Set(["NO_INSPECTION", "SCAN_ORDERED", "INSPECTION_ORDERED", "INSPECTING"]);
const GOOD = new Set(["RELEASED", "REPORTED", "CLEAR"]);
const OUT = new Set(["GATED_OUT", "LOADED", "DEPARTED"]);

/** How the whole looks: go, look, stop, wait or gone. Taken from facets, so that colour never contradicts them. */
export function tone({ facets, readyForPickup, mayLoad }) {
  if (OUT.has(facets.movement)) return "gone";
  if (facets.movement === "EXIT_NOT_REPORTED") return "look";
  if (readyForPickup || mayLoad) return "go";
  const customs = CUSTOMS_TONES[facets.customs];
  return customs && customs !== "go" ? customs : "wait";
}

/** What one facet looks like: go, look, stop, or none where nothing was reported yet. */
function facetTone(facet, value) {
  if (!value || value === "UNKNOWN" || (facet === "customsArrival" && value === "NOT_REPORTED")) return "none";
  if (facet === "customs") return CUSTOMS_TONES[value] ?? "wait";
  if (facet === "movement") return OUT.has(value) ? "gone" : value === "EXIT_NOT_REPORTED" ? "look" : "wait";
  return GOOD.has(value) ? "go" : "stop";
}

const roleName = (role) => code("role", role?.toUpperCase());
const Stamp = ({ at }) => html`<time datetime=${at}>${moment(at)}</time>`;

/** The word, huge, and what comes next: read out whenever it changes. */
export function Hero({ status, justChanged }) {
  return html`<div class="word" role="status" aria-live="polite" aria-atomic="true">
      <span class="disc"><${Icon} name=${tone(status)} /></span>
      <h1>${say(status.headline)}</h1>
      ${status.nextStep && html`<p class="next"><b>${t("nextStep")}</b>${say(status.nextStep)}</p>`}
    </div>
    <p class="chips">
      ${status.direction && html`<span class="chip">${code("direction", status.direction)}</span>`}
      <${Lane} customs=${status.facets.customs} />
      ${justChanged && html`<span class="chip fresh">${t("updated")}</span>`}
    </p>`;
}

function Lane({ customs }) {
  const mood = CUSTOMS_TONES[customs];
  if (!mood) return null;
  const word = LANES.has(customs) ? t(`lane.${mood}`) : `${t("customs")} ${code("customs", customs)}`;
  return html`<span class="chip"><${Icon} name=${mood} />${word}</span>`;
}

/** Where the movement happened that the movement facet tells of, as its own line of the timeline has it. */
function whereMoved({ facetFacts }, lines) {
  const at = Date.parse(facetFacts?.movement?.at);
  const told = lines?.find((line) => line.state === "CURRENT" && line.classifier === "ACT" && Date.parse(line.at) === at && line.place);
  return told && [told.place, told.details?.position].filter(Boolean).join(" · ");
}

/** Where it is, who has it, what the terminal was told, and how old all this is. */
export function Holding({ status, lines }) {
  const { heldBy, place, facets } = status;
  return html`<dl class="card facts">
    <div><dt>${t("where")}</dt><dd>${code("movement", facets.movement)}<span class="sub">${whereMoved(status, lines)}</span></dd></div>
    ${heldBy?.role && html`<div><dt>${t("holder")}</dt><dd>${roleName(heldBy.role)}
      ${heldBy.since && html`<span class="sub"><span>${t("since", moment(heldBy.since))}</span> <span>(${ago(heldBy.since)})</span></span>`}</dd></div>`}
    ${facets.instruction && html`<div><dt>${t("instruction")}</dt><dd><${Instruction} status=${status} /></dd></div>`}
    ${place && !facets.instruction && html`<div><dt>${t("place")}</dt><dd>${place}</dd></div>`}
    <div><dt>${t("lastFact")}</dt><dd>${status.lastFactAt
      ? html`${ago(status.lastFactAt)}<span class="sub"><${Stamp} at=${status.lastFactAt} /> · ${status.lastFactSource}</span>`
      : t("noFactYet")}</dd></div>
  </dl>`;
}

function Instruction({ status: { facets, direction, place } }) {
  const [route, state] = facets.instruction.split(":");
  const word = knows(`route.${route}.${direction}`) ? t(`route.${route}.${direction}`) : code("route", route);
  const isOrdered = ["SCAN_ORDERED", "INSPECTION_ORDERED", "INSPECTING", "HELD", "UNDER_REVIEW"].includes(facets.customs);
  const isPrecaution = (route === "SCAN" || route === "INSPECTION") && !isOrdered;
  return html`${word}${place && html` · ${place}`}<span class="sub">${state && code("state", state)}${isPrecaution && ` · ${t("precaution")}`}</span>`;
}

const WHAT_READY_MEANS = { IMPORT: ["readyForPickup", "ready", "notReady"], EXPORT: ["mayLoad", "mayLoad", "mayNotLoad"] };

/** May it be picked up or loaded, in plain words what stands against it, and every facet with time and source. */
export function Readiness({ status }) {
  const { direction, facets, facetFacts = {} } = status;
  const [claim, yes, no] = WHAT_READY_MEANS[direction] ?? [];
  const isAsked = claim && !OUT.has(facets.movement);
  const mood = status[claim] ? "go" : tone(status) === "stop" ? "stop" : "wait";
  const shown = ["movement", "customs", direction === "EXPORT" ? "customsArrival" : "carrier", direction === "IMPORT" && "charges"];
  return html`<section class="card">
    <h2 class=${isAsked ? `with-icon ${mood}` : ""}>${isAsked && html`<${Icon} name=${mood} />`}${t(!isAsked ? "details" : status[claim] ? yes : no)}</h2>
    ${isAsked && html`<${Blockers} blockers=${status.blockers} />`}
    <ul class="facets">${shown.filter(Boolean).map((facet) => html`<${Facet} key=${facet} facet=${facet} value=${facets[facet]} fact=${facetFacts[facet]} />`)}</ul>
  </section>`;
}

function Blockers({ blockers }) {
  const standing = (blockers ?? []).filter((blocker) => blocker !== "NOT_APPLICABLE");
  if (!standing.length) return null;
  return html`<p class="quiet">${t("stillMissing")}</p>
    <ul class="blockers">${standing.map((blocker) => html`<li>${code("blocker", blocker)}</li>`)}</ul>`;
}

function Facet({ facet, value, fact }) {
  const mood = facetTone(facet, value);
  return html`<li>
    <span class="dot ${mood}"><${Icon} name=${mood} /></span>
    <span class="facet"><span class="name">${t(facet)}</span><b>${code(facet, value)}</b></span>
    ${fact?.at && html`<span class="sub"><${Stamp} at=${fact.at} /><br />${fact.source}</span>`}
  </li>`;
}

/** Newest first, as a parcel's. A correction shows both what was said and what replaced it. */
export function Timeline({ lines }) {
  if (!lines) return null;
  const byID = new Map(lines.map((line) => [line.eventID, line]));
  const corrections = new Set(lines.map((line) => line.correctedBy).filter(Boolean));
  let heading = "";
  return html`<section class="card timeline">
    <h2>${t("timeline")} <small>${t("newestFirst")}</small></h2>
    ${lines.length === 0 && html`<p class="quiet">${t("noTimeline")}</p>`}
    <ol>${[...lines].reverse().map((line) => {
      const date = day(line.at);
      const isNewDay = date !== heading;
      heading = date;
      return html`${isNewDay && html`<li class="day" key=${`day ${line.eventID}`}>${date}</li>`}
        <${Line} key=${line.eventID} line=${line} replacement=${byID.get(line.correctedBy)} isCorrection=${corrections.has(line.eventID)} />`;
    })}</ol>
  </section>`;
}

function Line({ line, replacement, isCorrection }) {
  const isGone = line.state !== "CURRENT";
  const guess = { EST: "estimated", PLN: "planned" }[line.classifier];
  const { role, name } = line.source;
  const where = [line.place, `${roleName(role)} ${name ?? ""}`].filter(Boolean).join(" · ");
  const Told = isGone ? "s" : "span";
  return html`<li class=${`line ${isGone ? "struck" : ""} ${guess ? "guess" : ""}`} id=${line.eventID}>
    <time datetime=${line.at}><${Told}>${clock(line.at)}<//></time>
    <div>
      <p class="title"><${Told}>${say(line.title)}<//>${" "}
        ${guess && html`<span class="tag">${t(guess)}</span>`}
        ${line.state === "RETRACTED" && html`<span class="tag warn">${t("withdrawn")}</span>`}
        ${line.state === "SUPERSEDED" && html`<span class="tag warn">${t("replaced")}</span>`}
        ${isCorrection && html`<span class="tag">${t("correction")}</span>`}</p>
      ${replacement && html`<p class="sub">${t("replacedBy")} ${say(replacement.title)}, ${moment(replacement.at)}</p>`}
      <p class="sub">${where}</p>
      <${Details} details=${line.details} />
      ${line.tellings > 1 && html`<p class="sub">${t("reportedTimes", line.tellings)}</p>`}
      ${(line.differences ?? []).map(({ field, values }) => html`<p class="sub differ">
        <${Icon} name="look" />${t("differ")}: ${fieldName(field)} ${values.map(String).join(" / ")}</p>`)}
    </div>
  </li>`;
}

const fieldName = (field) => (knows(`field.${field}`) ? t(`field.${field}`) : field);

function Details({ details }) {
  const shown = Object.entries(details ?? {}).filter(([field, value]) => knows(`field.${field}`) && value !== null && String(value) !== "");
  if (!shown.length) return null;
  return html`<p class="sub">${shown.map(([field, value]) => `${fieldName(field)} ${value}`).join(" · ")}</p>`;
}
