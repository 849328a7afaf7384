/** What a day at the port is made of: every parameter with its unit and where its default comes from. `Start({versions, onStarted, onClose})`. */
import { useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { html, say, t } from "./shell.js";
import { call, useAnswer } from "./rules_api.js";
import { Button, Dialog, Problems, Segments, short, StateChip, Wait } from "./rules_parts.js";

const MOST = 4;

export function Start({ versions, onStarted, onClose }) {
  const { answer, error: failure } = useAnswer("/v1/simulations/parameters");
  const [hashes, setHashes] = useState(versions.all.filter((one) => one.isShadow).map((one) => one.hash).slice(0, MOST));
  const [values, setValues] = useState({});
  const [source, setSource] = useState("SYNTHETIC");
  const [days, setDays] = useState({ from: "", to: "" });
  const { run, isBusy, error } = useDoing();
  const specs = answer?.parameters ?? [];
  const changed = Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== "" && Number(value) !== specs.find((one) => one.name === name)?.default).map(([name, value]) => [name, Number(value)]));
  const wrong = specs.filter((one) => one.name in changed && problemOf(one, changed[one.name]));
  const start = (event) => {
    event.preventDefault();
    const recorded = source === "VISITS" ? { source, from: midnight(days.from), to: midnight(days.to) } : {};
    run(async () => onStarted((await call("/v1/simulations", { body: { rulesets: hashes, parameters: changed, ...recorded } })).jobID));
  };
  const toggle = (hash) => setHashes(hashes.includes(hash) ? hashes.filter((one) => one !== hash) : [...hashes, hash]);
  const groups = [...new Set(specs.map((one) => one.group))];
  return html`<${Dialog} title=${t("mvStart")} onClose=${onClose} size="wide"><form class="stack" onSubmit=${start}>
    <p>${t("mvAlways")}</p>
    <fieldset class="ticks"><legend>${t("mvVersions")}</legend>${versions.all.filter((one) => one.hash !== versions.active).map((one) => html`<label key=${one.hash} class=${hashes.includes(one.hash) ? "on" : ""}><input type="checkbox" checked=${hashes.includes(one.hash)} disabled=${!hashes.includes(one.hash) && hashes.length >= MOST} onChange=${() => toggle(one.hash)} /><b>${one.name}</b> <code class="hash">${short(one.hash)}</code> <${StateChip} version=${one} /> <span class="quiet">${one.note}</span></label>`)}</fieldset>
    <${Segments} label=${t("mvBoxesOf")} value=${source} onChange=${setSource} options=${["SYNTHETIC", "VISITS"].map((one) => [one, t(`mvBoxesOf.${one}`)])} />
    ${source === "VISITS" && html`<div class="two">${["from", "to"].map((name) => html`<label key=${name}>${t(name === "from" ? "mvFrom" : "mvUntil")}<input type="date" required value=${days[name]} onInput=${(event) => setDays({ ...days, [name]: event.target.value })} /></label>`)}</div>`}
    <${Wait} error=${failure} isBusy=${!answer} />
    ${groups.map((group) => html`<details key=${group} open=${group === "customs"}><summary>${t(`mvGroup.${group}`)} <span class="quiet">${countOf(specs, group, changed)}</span></summary><table class="sheet params"><thead><tr><th scope="col">${t("mvParameter")}</th><th scope="col">${t("tryValue")}</th><th scope="col">${t("tryUnit")}</th><th scope="col">${t("mvSource")}</th></tr></thead>
      <tbody>${specs.filter((one) => one.group === group).map((one) => html`<tr key=${one.name} class=${one.name in changed ? "is-changed" : ""}><th scope="row"><label for=${`p-${one.name}`}>${say(one)}</label></th>
        <td><input id=${`p-${one.name}`} type="number" step=${one.isWhole ? 1 : "any"} min=${one.low} max=${one.high} value=${values[one.name] ?? one.default} aria-invalid=${wrong.includes(one) ? "true" : undefined} onInput=${(event) => setValues({ ...values, [one.name]: event.target.value })} />
          ${one.name in changed && html` <button type="button" class="linkish quiet" onClick=${() => setValues({ ...values, [one.name]: "" + one.default })}>${one.default}</button>`}${wrong.includes(one) && html`<p class="refusal" role="alert">${problemOf(one, changed[one.name])}</p>`}</td>
        <td>${unitOf(one)}</td><td><${Source} source=${one.source} /></td></tr>`)}</tbody></table></details>`)}
    <${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || wrong.length > 0 || !answer}><span>${t("mvRunIt")}</span></button></div></form><//>`;
}

/** A day begins at midnight in the port's zone. */
const midnight = (day) => new Date(`${day}T00:00:00+08:00`).toISOString();

const countOf = (specs, group, changed) => {
  const n = specs.filter((one) => one.group === group && one.name in changed).length;
  return n ? t("mvChangedCount", n) : "";
};

const problemOf = (spec, value) => (Number.isFinite(value) && value >= spec.low && value <= spec.high && (!spec.isWhole || Number.isInteger(value)) ? "" : t("mvBounds", spec.low, spec.high));

export const unitOf = (one) => t(`mvUnit.${one.unit}`).replace(/^mvUnit\./, "");

export const Source = ({ source }) => (source === "assumed" ? html`<span class="assumed">${t("mvAssumed")}</span>` : html`<span class="source">${source}</span>`);
