/** The status of one container: the word, the next step, who has it, what is missing, and everything that happened. */
import { ago, clock, code, day, html, Icon, knows, moment, say, t } from "./shell.js";

const OUT = ["GATED_OUT", "LOADED", "DEPARTED"];
const HEADLINE_TONES = {
  go: ["READY", "MAY_LOAD"],
  look: ["SCAN", "NOT_DECLARED", "VOID", "CHARGES_DUE", "EXIT_NOT_REPORTED", "REPORT_WITHDRAWN"],
  stop: ["INSPECTION", "INSPECTING", "HELD", "REJECTED"],
  gone: ["GONE", ...OUT],
};
const FACET_TONES = {
  go: ["RELEASED", "NO_INSPECTION", "REPORTED", "CLEAR"],
  look: ["SCAN_ORDERED", "NOT_DECLARED", "VOID", "EXIT_NOT_REPORTED"],
  stop: ["INSPECTION_ORDERED", "INSPECTING", "HELD", "REJECTED", "NOT_RELEASED", "DUE"],
  gone: OUT,
  none: ["UNKNOWN", "NOT_REPORTED"],
};
const LANES = ["NO_INSPECTION", "SCAN_ORDERED", "INSPECTION_ORDERED", "INSPECTING"];

const toneIn = (tones, word) => Object.keys(tones).find((tone) => tones[tone].includes(word)) ?? "wait";

/** How the whole looks: go, look, stop, gone, or wait. It follows the headline, which contradicts no facet. */
export const tone = ({ headline }) => toneIn(HEADLINE_TONES, headline.code);

const joined = (...parts) => parts.filter(Boolean).join(" · ");
/** A role as a word; whoever is none is named as sent. */
const roleName = (role) => (knows(`role.${role?.toUpperCase()}`) ? t(`role.${role.toUpperCase()}`) : role);
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

/** What customs decided, in its lane's colour; what it has not decided is the headline's to say. */
function Lane({ customs }) {
  if (![...LANES, "RELEASED", "HELD"].includes(customs)) return null;
  const mood = toneIn(FACET_TONES, customs);
  const word = LANES.includes(customs) ? t(`lane.${mood}`) : `${t("customs")} ${code("customs", customs)}`;
  return html`<span class="chip"><${Icon} name=${mood} />${word}</span>`;
}

/** Where it is, who has it, what the terminal was told, and how old all this is. */
export function Holding({ status }) {
  const { heldBy, place, facets, location } = status;
  return html`<dl class="card facts">
    <div><dt>${t("where")}</dt><dd>${code("movement", facets.movement)}<span class="sub">${joined(location?.facilityCode, location?.position)}</span></dd></div>
    ${heldBy?.role && html`<div><dt>${t("holder")}</dt><dd>${roleName(heldBy.role)}
      ${heldBy.since && html`<span class="sub"><span>${t("since", moment(heldBy.since))}</span> <span>(${ago(heldBy.since)})</span></span>`}</dd></div>`}
    ${facets.instruction && html`<div><dt>${t("instruction")}</dt><dd><${Instruction} status=${status} /></dd></div>`}
    ${place && !facets.instruction && html`<div><dt>${t("place")}</dt><dd>${place}</dd></div>`}
    <div><dt>${t("lastFact")}</dt><dd>${status.lastFactAt
      ? html`${ago(status.lastFactAt)}<span class="sub"><${Stamp} at=${status.lastFactAt} /> · ${roleName(status.lastFactSource)}</span>`
      : t("noFactYet")}</dd></div>
  </dl>`;
}

function Instruction({ status: { facets, direction, place, instruction } }) {
  const [route, state] = facets.instruction.split(":");
  const word = knows(`route.${route}.${direction}`) ? t(`route.${route}.${direction}`) : code("route", route);
  const isOrdered = ["SCAN_ORDERED", "INSPECTION_ORDERED", "INSPECTING", "HELD", "UNDER_REVIEW"].includes(facets.customs);
  const isPrecaution = (route === "SCAN" || route === "INSPECTION") && !isOrdered;
  const because = instruction?.reason === "OTHER_CARGO" && t("blocker.OTHER_CARGO");
  return html`${joined(word, place)}<span class="sub">${joined(code("state", state), isPrecaution && t("precaution"), because)}</span>`;
}

const WHAT_READY_MEANS = { IMPORT: ["readyForPickup", "ready", "notReady"], EXPORT: ["mayLoad", "mayLoad", "mayNotLoad"] };

/** May it be picked up or loaded, in plain words what stands against it, and every facet the viewer may see. */
export function Readiness({ status }) {
  const { direction, facets, facetFacts = {} } = status;
  const [claim, yes, no] = WHAT_READY_MEANS[direction] ?? [];
  const isAsked = claim && !OUT.includes(facets.movement);
  const mood = status[claim] ? "go" : tone(status) === "stop" ? "stop" : "wait";
  const shown = !claim ? ["movement"] : ["movement", "customs", ...(direction === "EXPORT" ? ["customsArrival"] : ["carrier", "charges"])];
  return html`<section class="card">
    <h2 class=${isAsked ? `with-icon ${mood}` : ""}>${isAsked && html`<${Icon} name=${mood} />`}${t(!isAsked ? "details" : status[claim] ? yes : no)}</h2>
    ${isAsked && html`<${Blockers} blockers=${status.blockers} />`}
    <ul class="facets">${shown.filter((facet) => facets[facet]).map((facet) => html`<${Facet} key=${facet} facet=${facet} value=${facets[facet]} fact=${facetFacts[facet]} />`)}</ul>
  </section>`;
}

function Blockers({ blockers }) {
  const standing = (blockers ?? []).filter((blocker) => blocker !== "NOT_APPLICABLE");
  if (!standing.length) return null;
  return html`<p class="quiet">${t("stillMissing")}</p>
    <ul class="blockers">${standing.map((blocker) => html`<li>${blockerWord(blocker)}</li>`)}</ul>`;
}

const blockerWord = (blocker) =>
  blocker.startsWith("CUSTOMS_") ? `${t("customs")}: ${code("customs", blocker.slice(8))}` : code("blocker", blocker);

function Facet({ facet, value, fact }) {
  const mood = toneIn(FACET_TONES, value);
  return html`<li>
    <span class="dot ${mood}"><${Icon} name=${mood} /></span>
    <span class="facet"><span class="name">${t(facet)}</span><b>${code(facet, value)}</b></span>
    ${fact?.at && html`<span class="sub"><${Stamp} at=${fact.at} /><br />${roleName(fact.source)}</span>`}
  </li>`;
}

/** Newest first, as a parcel's. A correction shows both what was said and what replaced it. */
export function Timeline({ lines, isMissing }) {
  if (!lines) return isMissing && html`<p class="card quiet">${t("timeline")}: ${t("unreachable")}</p>`;
  const byID = new Map(lines.map((line) => [line.eventID, line]));
  const corrections = new Set(lines.map((line) => line.correctedBy).filter(Boolean));
  let heading = "";
  return html`<section class="card timeline">
    <h2>${t("timeline")} <small>${t("newestFirst")}</small></h2>
    ${lines.length === 0 && html`<p class="quiet">${t("noTimeline")}</p>`}
    <ol>${[...lines].reverse().map((line) => {
      const date = day(line.at ?? line.receivedAt);
      const isNewDay = date !== heading;
      heading = date;
      return html`${isNewDay && html`<li class="day" key=${`day ${line.eventID}`}>${date}</li>`}
        <${Line} key=${line.eventID} line=${line} replacement=${byID.get(line.correctedBy)} isCorrection=${corrections.has(line.eventID)} />`;
    })}</ol>
  </section>`;
}

function Line({ line, replacement, isCorrection }) {
  const isGone = line.state !== "CURRENT";
  const at = line.at ?? line.receivedAt; // Some papers carry no time of their own.
  const { role, name } = line.source;
  const Told = isGone ? "s" : "span";
  return html`<li class=${`line ${isGone ? "struck" : ""} ${line.classifier}`} id=${line.eventID}>
    <time datetime=${at}><${Told}>${clock(at)}<//></time>
    <div>
      <p class="title"><${Told}>${say(line.title)}<//>${" "}
        ${line.state === "RETRACTED" && html`<span class="tag warn">${t("withdrawn")}</span>`}
        ${line.state === "SUPERSEDED" && html`<span class="tag warn">${t("replaced")}</span>`}
        ${isCorrection && html`<span class="tag">${t("correction")}</span>`}</p>
      ${replacement && html`<p class="sub">${t("replacedBy")} ${say(replacement.title)}, ${moment(replacement.at ?? replacement.receivedAt)}</p>`}
      <p class="sub">${joined(line.place, roleName(role), name !== roleName(role) && name)}</p>
      <${Details} details=${line.details} />
      ${line.tellings > 1 && html`<p class="sub">${t("reportedTimes", line.tellings)}</p>`}
      ${(line.differences ?? []).map(({ field, values }) => html`<p class="sub differ">
        <${Icon} name="look" />${t("differ")}: ${fieldName(field)} ${values.map(({ source, value }) => `${value} (${roleName(source)})`).join(" / ")}</p>`)}
    </div>
  </li>`;
}

const fieldName = (field) => (knows(`field.${field}`) ? t(`field.${field}`) : field);

function Details({ details }) {
  const shown = Object.entries(details ?? {}).filter(([field, value]) => knows(`field.${field}`) && value !== null && String(value) !== "");
  if (!shown.length) return null;
  return html`<p class="sub">${joined(...shown.map(([field, value]) => `${fieldName(field)} ${value}`))}</p>`;
}
