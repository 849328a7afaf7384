/**
 * Test cases kept with the table: which pass, what a case is, what it must come to, and new ones out of a decision.
 *
 *   Tests({tests, ruleset, catalogue, results, …})      `results` are those of the last check
 *   testOf({id, title, box, draws, route, row})           a test as the document has it
 *   boxOf(facts, catalogue)                               the case of a box of which just these facts are known
 */
import { useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { code, html, say, spaced, t } from "./shell.js";
import { call } from "./rules_api.js";
import { Button, Dialog, Empty, Problems, RouteChip, ROUTES } from "./rules_parts.js";
import { CaseDialog } from "./rules_case.js";
import { Mark } from "./rules_icons.js";
import { freshId } from "./rules_table.js";

export const testOf = ({ id, title, box, draws, route, row }) => ({
  id,
  title,
  case: box,
  ...(draws && Object.keys(draws).length ? { draws } : {}),
  expect: row ? { route, row } : { route },
});

/** An empty box that toys might come in: a beginning for who writes a case by hand. */
const BEGINNING = {
  containerNumber: "CSQU3054383",
  container: { has_dangerous_goods: false, dangerous_goods_classes: [], un_numbers: [], is_lcl: false, bill_count: 1 },
  standings: [{ document: "BILL1", declaration: "371120261000000001", status: "DECLARED", inspectAt: "PORT",
    facts: { direction: "IMPORT", declaration_mode: "ADVANCE", customs_status: "DECLARED", inspect_at: "PORT", consignee_credit_grade: "GENERAL" },
    lines: [{ hs_code: "9503008900", origin_country: "VN", net_mass_kg: 8000, declared_value: 42000, currency: "USD" }] }],
  needs: { dangerousGoodsClasses: [], hasPlug: false },
  isDirectionKnown: true,
};

/** A box with just these facts, each at its level; what is not among them is not known of it. */
export function boxOf(facts, catalogue) {
  const at = (level) => Object.fromEntries(Object.entries(facts).filter(([name]) => catalogue.find((fact) => fact.name === name)?.level === level));
  const [standing] = BEGINNING.standings;
  const declared = at("DECLARATION");
  const { customs_status: status = "DECLARED", inspect_at: inspectAt = "PORT" } = declared;
  return { ...BEGINNING, container: at("CONTAINER"), standings: [{ ...standing, status, inspectAt, facts: declared, lines: [at("LINE")] }] };
}

export function Tests({ tests, ruleset, catalogue, results, isBusy, change }) {
  const [at, setAt] = useState(null);
  const [asking, setAsking] = useState(false);
  const told = new Map((results ?? []).map((result) => [result.id, result]));
  const set = (n, test, tag) => change({ tests: test ? tests.map((old, m) => (m === n ? test : old)) : tests.filter((_, m) => m !== n) }, tag && `test ${n} ${tag}`);
  const add = (test) => {
    change({ tests: [...tests, { ...test, id: freshId(tests.map((one) => one.id), test.id) }] });
    setAt(tests.length);
    setAsking(false);
  };
  const byHand = () => add(testOf({ id: "case", title: { zh: "新用例", en: "New case" }, box: BEGINNING, route: "YARD" }));
  const failed = [...told.values()].filter((result) => !result.passed).length;
  return html`<div class="tests"><div class="bar-line"><${Button} mark="plus" word=${t("edTestByHand")} onClick=${byHand} /><${Button} mark="into" word=${t("edTestFromDecision")} onClick=${() => setAsking(true)} />
      <span class="grow"></span>${tests.length > 0 && results && html`<span role="status" class=${isBusy ? "quiet" : failed ? "stop" : "go"}><b>${isBusy ? t("edChecking") : failed ? t("edTestsFail", failed, tests.length) : t("edTestsPass", tests.length)}</b></span>`}</div>
    ${tests.length === 0 && html`<${Empty} title=${t("edNoTests")} lead=${t("edNoTestsLead")} />`}
    ${tests.length > 0 && html`<table class="sheet"><thead><tr><th scope="col">${t("edTest")}</th><th scope="col">${t("edExpect")}</th><th scope="col">${t("edActual")}</th><th scope="col">${t("edByRow")}</th><td></td></tr></thead>
      <tbody>${tests.map((test, n) => html`<${Test} key=${test.id} test=${test} result=${told.get(test.id)} ruleset=${ruleset} onChange=${(next, tag) => set(n, next, tag)} onOpen=${() => setAt(n)} />`)}</tbody></table>`}
    ${at !== null && tests[at] && html`<${CaseDialog} key=${tests[at].id} test=${tests[at]} catalogue=${catalogue} onClose=${() => setAt(null)} onChange=${(next) => (set(at, next), setAt(null))} />`}
    ${asking && html`<${FromDecision} onClose=${() => setAsking(false)} onMade=${add} />`}</div>`;
}

function Test({ test, result, ruleset, onChange, onOpen }) {
  const expect = (route, row) => onChange({ ...test, expect: row ? { route, row } : { route } });
  const { actual } = result ?? {};
  return html`<tr class=${result && !result.passed ? "fails" : ""}>
    <th scope="row"><span class="verdict-mark ${result ? (result.passed ? "go" : "stop") : ""}"><${Mark} name=${result ? (result.passed ? "check" : "cross") : "more"} /></span>
      <button type="button" class="linkish" onClick=${onOpen}>${say(test.title)}</button> <code class="aside">${test.id}</code></th>
    <td class="pair"><select aria-label=${t("edExpect")} value=${test.expect.route} onChange=${(event) => expect(event.target.value, test.expect.row)}>${ROUTES.map((route) => html`<option key=${route} value=${route}>${code("labRoute", route)}</option>`)}</select>
      <select aria-label=${t("edExpectRow")} value=${test.expect.row ?? ""} onChange=${(event) => expect(test.expect.route, event.target.value)}><option value="">${t("edAnyRow")}</option>
        ${[...ruleset.rows.map((row) => row.id), "default"].map((id) => html`<option key=${id} value=${id}>${id}</option>`)}${test.expect.row && !ruleset.rows.some((row) => row.id === test.expect.row) && test.expect.row !== "default" && html`<option value=${test.expect.row}>${t("edGoneRow", test.expect.row)}</option>`}</select></td>
    <td>${actual && html`<${RouteChip} route=${actual.route} />`}</td><td>${actual && (actual.row ? html`<code>${actual.row}</code>` : code("reason", actual.reason))}</td>
    <td class="end-cell">${result && !result.passed && html`<${Button} word=${t("edTakeActual")} onClick=${() => expect(actual.route, test.expect.row ? actual.row : null)} />`}
      <${Button} kind="ghost" mark="bin" label=${t("edDeleteTest", test.id)} onClick=${() => onChange(null)} /></td></tr>`;
}

/** A stored decision holds the case as it was seen then. */
function FromDecision({ onClose, onMade }) {
  const [id, setId] = useState("");
  const { run, isBusy, error } = useDoing();
  const make = (event) => {
    event.preventDefault();
    run(async () => {
      const decision = await call(`/v1/decisions/${encodeURIComponent(id.trim())}`);
      const box = decision.case ?? decision.facts;
      const row = (decision.rows ?? []).find((one) => one.matched)?.row;
      const zh = `${spaced(decision.equipmentReference)}，${decision.decidedAt.slice(0, 10)}`;
      const en = `${spaced(decision.equipmentReference)}, ${decision.decidedAt.slice(0, 10)}`;
      onMade(testOf({ id: decision.equipmentReference.toLowerCase(), title: { zh, en }, box, draws: decision.draws, route: decision.route, row }));
    });
  };
  return html`<${Dialog} title=${t("edTestFromDecision")} onClose=${onClose}><form onSubmit=${make} class="stack">
    <label>${t("edDecisionId")}<input value=${id} spellcheck=${false} autocomplete="off" required onInput=${(event) => setId(event.target.value)} /></label><p class="quiet">${t("edDecisionLead")}</p>
    <${Problems} error=${error} /><div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !id.trim()}>${t("edMakeTest")}</button></div></form><//>`;
}
