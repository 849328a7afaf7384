/** The parts of the table that are no rows: lanes and their quotas, the risk score, the places. */
import { html, say, t } from "./shell.js";
import { Button, RouteChip } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { Words } from "./rules_named.js";
import { Chips } from "./rules_values.js";
import { setItem } from "./rules_table.js";

const LANES = ["DIRECT_RELEASE", "YARD", "SCAN"];
const KINDS = ["INSPECTION", "SCAN", "YARD"];
const reading = (text) => (text === "" ? undefined : Number(text));
const without = ({ ...part }, name, value) => {
  if (value === undefined) delete part[name];
  else part[name] = value;
  return part;
};

const Faults = ({ found }) => found.map((one, n) => html`<p key=${n} class="finding ${one.severity}"><${Mark} name=${one.severity === "ERROR" ? "error" : "warn"} /><b>${one.place}</b> ${say(one.message)}</p>`);

/** A share as a slider and in per cent. */
function Share({ label, value, onChange, most = 100 }) {
  const percent = value === undefined ? "" : Math.round(value * 1e6) / 1e4;
  const set = (text) => onChange(text === "" ? undefined : Number(text) / 100);
  return html`<span class="share"><input type="range" aria-label=${t("edSlider", label)} min="0" max=${most} step="0.5" value=${percent || 0} onInput=${(event) => set(event.target.value)} />
    <span class="unit-field"><input type="number" min="0" max="100" step="any" aria-label=${label} value=${percent} placeholder="–" onInput=${(event) => set(event.target.value)} /><i>%</i></span></span>`;
}

export function Quotas({ ruleset, catalogue, change, marks }) {
  const lane = (route) => ruleset.lanes.find((one) => one.route === route);
  const setLane = (route, name, value) => {
    const old = lane(route) ?? { route, minimum_random_rate: 0 };
    const next = without(old, name, name === "minimum_random_rate" ? (value ?? 0) : value);
    const lanes = lane(route) ? ruleset.lanes.map((one) => (one.route === route ? next : one)) : [...ruleset.lanes, next];
    change({ ruleset: { ...ruleset, lanes } }, `lane ${route} ${name}`);
  };
  return html`<div class="quotas"><section class="card"><h2>${t("edLanes")}</h2><p class="quiet">${t("edLanesLead")}</p>
      <${Faults} found=${marks.ofPart("lanes")} />
      <table class="sheet"><thead><tr><th scope="col">${t("edLane")}</th><th scope="col">${t("edRandom")}</th><th scope="col">${t("edExpected")}</th><th scope="col">${t("edTopUp")}</th></tr></thead>
      <tbody>${LANES.map((route) => {
        const one = lane(route) ?? { minimum_random_rate: 0 };
        return html`<tr key=${route}><th scope="row"><${RouteChip} route=${route} /></th>
          <td><${Share} label=${t("edRandom")} most="30" value=${one.minimum_random_rate} onChange=${(value) => setLane(route, "minimum_random_rate", value)} /></td>
          <td><${Share} label=${t("edExpected")} most="30" value=${one.expected_rate} onChange=${(value) => setLane(route, "expected_rate", value)} /></td>
          <td><input type="number" step="any" aria-label=${t("edTopUp")} placeholder=${t("edTopUpNone")} value=${one.top_up_from ?? ""} onInput=${(event) => setLane(route, "top_up_from", reading(event.target.value))} /></td></tr>`;
      })}</tbody></table></section>
    <${Risk} ruleset=${ruleset} catalogue=${catalogue} change=${change} found=${marks.ofPart("risk")} /></div>`;
}

function Risk({ ruleset, catalogue, change, found }) {
  const facts = catalogue.filter((fact) => fact.type === "NUMBER" || fact.type === "FLAG");
  const free = facts.filter((fact) => !ruleset.risk.some((term) => term.fact === fact.name));
  const set = (n, term, tag) => change({ ruleset: setItem(ruleset, "risk", n, term) }, tag && `risk ${n} ${tag}`);
  const add = (event) => {
    if (event.target.value) change({ ruleset: { ...ruleset, risk: [...ruleset.risk, { fact: event.target.value, weight: 1, missing: 0 }] } });
    event.target.value = "";
  };
  return html`<section class="card"><h2>${t("edRisk")}</h2><p class="quiet">${t("edRiskLead")}</p><${Faults} found=${found} />
    ${ruleset.risk.length > 0 && html`<table class="sheet"><thead><tr><th scope="col">${t("edRiskFact")}</th><th scope="col">${t("edWeight")}</th><th scope="col">${t("edMissing")}</th><td></td></tr></thead>
      <tbody>${ruleset.risk.map((term, n) => {
        const fact = facts.find((one) => one.name === term.fact);
        return html`<tr key=${term.fact}><th scope="row">${fact ? say(fact) : term.fact} <code>${term.fact}</code></th>
          <td><input type="number" step="any" aria-label=${t("edWeight")} value=${term.weight} onInput=${(event) => set(n, { ...term, weight: Number(event.target.value) }, "weight")} /></td>
          <td><input type="number" step="any" aria-label=${t("edMissing")} value=${term.missing ?? 0} onInput=${(event) => set(n, { ...term, missing: Number(event.target.value) }, "missing")} /></td>
          <td><${Button} kind="ghost" mark="bin" label=${t("edRemove", fact ? say(fact) : term.fact)} onClick=${() => set(n, null)} /></td></tr>`;
      })}</tbody></table>`}
    <label class="add-term">${t("edAddRisk")}<select onChange=${add}><option value="">–</option>${free.map((fact) => html`<option key=${fact.name} value=${fact.name}>${say(fact)}</option>`)}</select></label></section>`;
}

export function Sites({ ruleset, change, marks }) {
  const set = (n, site, tag) => change({ ruleset: setItem(ruleset, "sites", n, site) }, tag && `site ${n} ${tag}`);
  const add = () => change({ ruleset: { ...ruleset, sites: [...ruleset.sites, { code: `SITE${ruleset.sites.length + 1}`, title: { zh: "新场地", en: "New site" }, kinds: ["INSPECTION"], dangerous_goods_classes: [], reefer_plugs: 0 }] } });
  return html`<div class="quotas"><p class="quiet">${t("edSitesLead")}</p><${Faults} found=${marks.ofPart("sites")} />
    ${ruleset.sites.map((site, n) => html`<section class="card site" key=${n}>
      <${Words} words=${site.title} lead="edTitle" onChange=${(title) => set(n, { ...site, title }, "title")} />
      <div class="four"><label>${t("edSiteCode")}<input value=${site.code} spellcheck=${false} onInput=${(event) => set(n, { ...site, code: event.target.value }, "code")} /></label>
        <label>${t("edBays")}<input type="number" min="0" value=${site.bays ?? ""} placeholder=${t("edUnlimited")} onInput=${(event) => set(n, without(site, "bays", reading(event.target.value)), "bays")} /></label>
        <label>${t("edPerHour")}<input type="number" min="0" step="any" value=${site.capacity_per_hour ?? ""} placeholder=${t("edUnknown")} onInput=${(event) => set(n, without(site, "capacity_per_hour", reading(event.target.value)), "hour")} /></label>
        <label>${t("edPlugs")}<input type="number" min="0" value=${site.reefer_plugs ?? 0} onInput=${(event) => set(n, { ...site, reefer_plugs: Number(event.target.value) }, "plugs")} /></label></div>
      <fieldset class="ticks across"><legend>${t("edServes")}</legend>${KINDS.map((kind) => html`<label key=${kind} class=${site.kinds.includes(kind) ? "on" : ""}><input type="checkbox" checked=${site.kinds.includes(kind)}
        onChange=${() => set(n, { ...site, kinds: KINDS.filter((one) => (one === kind ? !site.kinds.includes(kind) : site.kinds.includes(one))) })} /><${RouteChip} route=${kind} isQuiet /></label>`)}</fieldset>
      <${Chips} label=${t("edClasses")} values=${site.dangerous_goods_classes ?? []} onChange=${(values) => set(n, { ...site, dangerous_goods_classes: values })} />
      <footer class="row"><${Button} kind="danger" mark="bin" word=${t("edDeleteSite")} onClick=${() => set(n, null)} /></footer></section>`)}
    <${Button} mark="plus" word=${t("edAddSite")} onClick=${add} /></div>`;
}
