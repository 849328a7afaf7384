/**
 * Pickers of values, each a controlled field: `values` in, `onChange(values)` out.
 *
 *   Chips({label, values, onChange, told, check})     free texts: Enter or a comma adds, Backspace in an empty field takes
 *   Countries({label, values, onChange})              two-letter codes, found by their Chinese or English name
 *   Codes({label, codes, values, onChange})           a closed set to tick
 *   Numbers({fact, operator, value, onChange})        one bound or two, as a field and a slider
 *   countryName(code), codeWord(code)
 */
import { useMemo, useRef, useState } from "./vendor/hooks.module.js";
import { currentLanguage, html, knows, t } from "./shell.js";
import { Mark } from "./rules_icons.js";

const names = {};

function display(language) {
  names[language] ??= new Intl.DisplayNames([language === "zh" ? "zh-CN" : "en"], { type: "region", fallback: "none" });
  return names[language];
}

/** `印度`, `India`; the code itself where nobody has a name for it. */
export function countryName(code, language = currentLanguage()) {
  try {
    return display(language).of(code) ?? code;
  } catch {
    return code; // Not two letters.
  }
}

// Regions that are no country of origin: groupings, and codes kept for private use.
const NO_COUNTRIES = new Set(["EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"]);
let every = null;

function countries() {
  if (every) return every;
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((one) => letters.map((other) => one + other));
  every = codes.filter((code) => !NO_COUNTRIES.has(code) && display("en").of(code) && new Intl.Locale("und", { region: code }).maximize().region === code);
  return every;
}

export const codeWord = (one) => (typeof one === "object" ? (one[currentLanguage()] ?? one.en) : knows(`code.${one}`) ? t(`code.${one}`) : String(one));

const codeOf = (one) => (typeof one === "object" ? (one.code ?? one.value) : one);

const Chip = ({ value, told, isBad, onRemove }) => html`<li class="chip-value ${isBad ? "bad" : ""}"><b>${value}</b>${told && html` <span>${told}</span>`}
  <button type="button" aria-label=${t("edRemove", value)} onClick=${onRemove}><${Mark} name="cross" /></button></li>`;

const without = (values, index) => values.filter((_, n) => n !== index);

export function Chips({ label, values, onChange, told = () => "", check = () => true, typed = "", clean = (text) => text }) {
  const [text, setText] = useState(typed);
  const add = () => {
    const found = text.split(/[,，、;；\s]+/).map(clean).filter(Boolean);
    setText("");
    onChange([...new Set([...values, ...found])]);
  };
  const press = (event) => {
    if ((event.key === "Enter" || event.key === "," || event.key === "，") && text.trim() && !event.isComposing) {
      event.preventDefault();
      add();
    } else if (event.key === "Backspace" && !text && values.length) onChange(without(values, values.length - 1));
  };
  return html`<div class="chips-field"><label>${label}
      <input value=${text} autocomplete="off" spellcheck=${false} placeholder=${t("edAddValue")} onInput=${(event) => setText(event.target.value)}
        onKeyDown=${press} onBlur=${() => text.trim() && add()} /></label>
    <ul aria-label=${label}>${values.map((value, n) => html`<${Chip} key=${value} value=${value} told=${told(value)} isBad=${!check(value)}
      onRemove=${() => onChange(without(values, n))} />`)}</ul></div>`;
}

export function Countries({ label, values, onChange, typed = "" }) {
  const [text, setText] = useState(typed);
  const [at, setAt] = useState(0);
  const field = useRef(null);
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const isLike = (code) => code.toLowerCase().startsWith(wanted) || countryName(code, "zh").includes(wanted) || countryName(code, "en").toLowerCase().includes(wanted);
    const rank = (code) => (code.toLowerCase() === wanted ? 0 : countryName(code, "en").toLowerCase().startsWith(wanted) ? 1 : 2);
    return countries().filter((code) => !values.includes(code) && isLike(code)).sort((one, other) => rank(one) - rank(other) || countryName(one, "en").length - countryName(other, "en").length).slice(0, 60);
  }, [text, values]);
  const add = (code) => {
    if (!code) return;
    onChange([...values, code]);
    setText("");
    setAt(0);
    field.current?.focus();
  };
  const press = (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(found.length - 1, at + move)));
      document.getElementById(`country-${found[at + move]}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && text.trim() && !event.isComposing) {
      event.preventDefault();
      add(found[at]);
    } else if (event.key === "Backspace" && !text && values.length) onChange(without(values, values.length - 1));
  };
  return html`<div class="chips-field"><label>${label}
      <input ref=${field} role="combobox" aria-expanded="true" aria-controls="countries" aria-autocomplete="list" autocomplete="off" spellcheck=${false}
        aria-activedescendant=${found[at] && `country-${found[at]}`} placeholder=${t("edCountryHint")} value=${text}
        onInput=${(event) => (setText(event.target.value), setAt(0))} onKeyDown=${press} /></label>
    <ul aria-label=${label}>${values.map((value, n) => html`<${Chip} key=${value} value=${value} told=${countryName(value)} isBad=${countryName(value) === value}
      onRemove=${() => onChange(without(values, n))} />`)}</ul>
    <ul id="countries" role="listbox" aria-label=${t("edCountries")} class="options">${found.map((code, n) => html`<li key=${code} id=${`country-${code}`}
      role="option" aria-selected=${n === at} onMouseDown=${(event) => (event.preventDefault(), add(code))}><b>${code}</b> ${countryName(code, "zh")} <span>${countryName(code, "en")}</span></li>`)}</ul></div>`;
}

export function Codes({ label, codes, values, onChange }) {
  return html`<fieldset class="ticks"><legend>${label}</legend>${codes.map((one) => {
    const code = codeOf(one);
    const isOn = values.includes(code);
    const toggle = () => onChange(codes.map(codeOf).filter((other) => (other === code ? !isOn : values.includes(other))));
    return html`<label key=${code} class=${isOn ? "on" : ""}><input type="checkbox" checked=${isOn} onChange=${toggle} />${codeWord(one)} <code>${code}</code></label>`;
  })}</fieldset>`;
}

const FAR = { kg: [0, 40_000, 100], "°C": [-30, 40, 0.5] };

/** From, to and step of a slider: wide enough for what is usual, and for what stands there. */
function span(fact, bounds) {
  const isShare = fact.maximum === 1 || /_rate$/.test(fact.name);
  const [low, high, step] = isShare ? [0, 1, 0.01] : (FAR[fact.unit] ?? (/count|inspections|number/.test(fact.name) ? [0, 50, 1] : [0, 1_000, 1]));
  const most = Math.max(high, ...bounds.filter(Number.isFinite).map((bound) => 2 ** Math.ceil(Math.log2(Math.max(bound, 1)))));
  return [Math.min(low, ...bounds.filter(Number.isFinite)), isShare ? 1 : most, step];
}

const reading = (text) => (text.trim() === "" ? null : Number(text));

function Bound({ label, fact, value, bounds, onChange, typed }) {
  const [low, high, step] = span(fact, bounds);
  return html`<div class="bound"><label>${label}
      <span class="unit-field"><input type="number" step="any" value=${typed ?? value ?? ""} onInput=${(event) => onChange(reading(event.target.value))} />${fact.unit && html`<i>${fact.unit}</i>`}</span></label>
    <input type="range" aria-label=${t("edSlider", label)} min=${low} max=${high} step=${step} value=${value ?? low} onInput=${(event) => onChange(Number(event.target.value))} /></div>`;
}

export function Numbers({ fact, operator, value, onChange }) {
  if (operator !== "between")
    return html`<${Bound} label=${t(`edOp.${operator}`)} fact=${fact} value=${Array.isArray(value) ? value[0] : value} bounds=${[Number(value)]} onChange=${onChange} />`;
  const [low, high] = Array.isArray(value) ? value : [value ?? null, null];
  return html`<${Bound} label=${t("edFrom")} fact=${fact} value=${low} bounds=${[low, high]} onChange=${(next) => onChange([next, high])} />
    <${Bound} label=${t("edTo")} fact=${fact} value=${high} bounds=${[low, high]} onChange=${(next) => onChange([low, next])} />`;
}
