/** All rulesets and their versions, what is in force, and what lies unsaved in this browser. `Versions()`. */
import { code, html, moment, say, t } from "./shell.js";
import { call, choose, useAnswer } from "./rules_api.js";
import { useDoing } from "./desk.js";
import { Button, Empty, Hash, Person, Problems, StateChip, Wait, When } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address, go } from "./rules_place.js";
import { keep, kept, keptKeys } from "./rules_draft.js";
import { tidy } from "./rules_table.js";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** The table in a file, read by the port and kept by nobody yet. */
export async function imported(file) {
  const isBook = file.name.endsWith(".xlsx");
  return call("/v1/rulesets/import", { method: "POST", body: file, type: isBook ? XLSX : "application/json" });
}

export function Versions() {
  const { answer, error, isBusy } = useAnswer("/v1/rulesets");
  const { run, error: refused } = useDoing();
  const unsaved = new Set(keptKeys());
  const take = () => run(async () => {
    const file = await choose(".json,.xlsx");
    if (!file) return;
    const { ruleset, tests } = await imported(file);
    keep("new", { ruleset: tidy(ruleset), tests: tests ?? [], basedOn: null });
    go(address("edit", "new"));
  });
  return html`<main class="lab page" id="main"><div class="page-head"><div><h1>${t("edRulesets")}</h1>${answer && html`<${InForce} answer=${answer} />`}</div>
      <div class="actions"><${Button} mark="into" word=${t("edImport")} onClick=${take} /><${Button} mark="plus" kind="main" word=${t("edNew")} onClick=${() => go(address("edit", "new"))} /></div></div>
    ${refused && html`<div class="card"><${Problems} error=${refused} /></div>`}
    ${unsaved.has("new") && html`<p class="note-line"><${Mark} name="info" />${t("edUnsavedNew", kept("new")?.ruleset.name || "–")} <a href=${address("edit", "new")}>${t("edOpen")}</a></p>`}
    <${Wait} error=${error} isBusy=${isBusy && !answer} />
    ${answer && answer.families.length === 0 && html`<${Empty} title=${t("edNoRulesets")} />`}
    ${answer?.families.map((family) => html`<section class="card family" key=${family.name}><header><h2>${say(family.title)}</h2><code>${family.name}</code></header>
      <div class="sheet-frame"><table class="sheet"><thead><tr><th scope="col">${t("edVersion")}</th><th scope="col">${t("edState")}</th><th scope="col">${t("edNoteColumn")}</th><th scope="col">${t("edAuthor")}</th><th scope="col">${t("edCreated")}</th>
        <th scope="col">${t("stName.LINT")}</th><th scope="col">${t("stName.TESTS")}</th><th scope="col" class="num">${t("stName.BACKTEST")}</th><th scope="col">${t("edApproved")}</th></tr></thead>
      <tbody>${family.versions.map((version) => html`<${Row} key=${version.hash} version=${version} isUnsaved=${unsaved.has(version.hash)} />`)}</tbody></table></div></section>`)}</main>`;
}

function InForce({ answer: { active, scheduled, shadows } }) {
  return html`<p class="in-force">${active && html`<span><i class="live-dot"></i>${t("edInForce")} <a href=${address("edit", active.hash)}>${active.name}</a> <${Hash} hash=${active.hash} /> <span class="quiet">${t("stSince", moment(active.since))}</span></span>`}
    ${(scheduled ?? []).map((one) => html`<span key=${one.hash}>${code("labState", "SCHEDULED")} <${Hash} hash=${one.hash} link=${address("edit", one.hash)} /> <span class="quiet">${t("stFrom", moment(one.from))}</span></span>`)}
    ${shadows?.length > 0 && html`<span>${t("labShadowing")} ${shadows.map((hash) => html`<${Hash} key=${hash} hash=${hash} link=${address("edit", hash)} /> `)}</span>`}</p>`;
}

const Row = ({ version, isUnsaved }) => html`<tr class=${version.state === "RETIRED" ? "past-row" : ""}>
  <th scope="row"><${Hash} hash=${version.hash} link=${address("edit", version.hash)} />${isUnsaved && html` <span class="chip-state unsaved">${t("edUnsaved")}</span>`}</th>
  <td><${StateChip} version=${version} /></td><td class="note-cell">${version.note}</td>
  <td>${version.author ? html`<${Person} by=${version.author} />` : html`<span class="quiet">${t("edFounding")}</span>`}</td><td><${When} at=${version.createdAt} /></td>
  <td>${version.lint ? html`<span class=${version.lint.errors ? "stop" : "go"}>${t("stLint", version.lint.errors, version.lint.warnings)}</span>` : "–"}</td>
  <td>${version.tests ? html`<span class=${version.tests.failed ? "stop" : "go"}>${t("stTests", version.tests.passed, version.tests.passed + version.tests.failed)}</span>` : "–"}</td>
  <td class="num">${version.backtests || "–"}</td>
  <td>${version.approvedBy ? html`<${Person} by=${version.approvedBy} />` : "–"}</td></tr>`;

