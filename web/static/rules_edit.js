/** Editing one version: its way through life, the grid, and everything else of the table behind tabs. */
import { useEffect, useMemo, useRef, useState } from "./vendor/hooks.module.js";
import { html, learn, moment, say, t } from "./shell.js";
import { useDoing } from "./desk.js";
import { choose, problemsOf, useAnswer, useChecked } from "./rules_api.js";
import { Button, Dialog, Hash, Problems, StateChip, Wait } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address, go } from "./rules_place.js";
import { forget, keep, useDraft } from "./rules_draft.js";
import { Example, Findings, Summary } from "./rules_findings.js";
import { Grid } from "./rules_grid.js";
import { imported, Versions } from "./rules_list.js";
import { marksOf } from "./rules_marks.js";
import { NamedLists, Words } from "./rules_named.js";
import { Quotas, Sites } from "./rules_quotas.js";
import { SaveDialog } from "./rules_save.js";
import { History, Steps } from "./rules_steps.js";
import { boxOf, testOf, Tests } from "./rules_tests.js";
import { EMPTY, freshId, tidy, written } from "./rules_table.js";

await learn({ zh: () => import("./words/editor_zh.js"), en: () => import("./words/editor_en.js") });

const NEW = { ruleset: { ...EMPTY, name: "new-ruleset", title: { zh: "新规则集", en: "New ruleset" } }, tests: [], basedOn: null };
const TABS = ["rows", "lists", "lanes", "sites", "tests"];

export default function Edit({ session, parts: [hash] }) {
  if (!hash) return html`<${Versions} />`;
  if (hash === "new") return html`<${Editor} key="new" id="new" stored=${NEW} session=${session} />`;
  return html`<${Stored} key=${hash} hash=${hash} session=${session} />`;
}

function Stored({ hash, session }) {
  const path = `/v1/rulesets/${encodeURIComponent(hash)}`;
  const [whole, audit, all] = [useAnswer(path), useAnswer(`${path}/audit`), useAnswer("/v1/rulesets")];
  const error = whole.error ?? all.error;
  if (!whole.answer || !all.answer) return html`<main class="lab page" id="main"><${Wait} error=${error} isBusy /></main>`;
  // In full a version tells its test cases; in the list, how they went.
  const version = all.answer.families.flatMap((family) => family.versions).find((one) => one.hash === whole.answer.hash);
  const reload = () => [whole, audit, all].forEach((one) => one.reload());
  return html`<${Editor} id=${version.hash} version=${version} stored=${whole.answer} steps=${audit.answer?.steps} session=${session} onChanged=${reload} />`;
}

function Editor({ id, version = null, stored, steps, session, onChanged }) {
  const draft = useDraft(id, { ...stored, basedOn: version?.hash ?? null });
  const facts = useAnswer("/v1/facts");
  const catalogue = facts.answer?.facts;
  const body = useMemo(() => draft.ruleset && { ruleset: written(draft.ruleset), tests: draft.tests }, [draft.ruleset, draft.tests]);
  const checked = useChecked(body, "/v1/rulesets/check");
  const told = useTold(draft.ruleset, checked);
  const [tab, setTab] = useState("rows");
  const [open, setOpen] = useState(null);
  const [areSentencesShown, setSentences] = useState(true);
  const [added, setAdded] = useState([]);
  const saving = useRef(() => {});
  saving.current = () => setOpen({ kind: "save" });
  useEffect(() => {
    const press = (event) => {
      if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
      const key = event.key.toLowerCase();
      const isField = event.target.matches("input, textarea");
      if (key === "s") saving.current();
      else if (key === "z" && !event.shiftKey && !isField) draft.undo();
      else if ((key === "y" || (key === "z" && event.shiftKey)) && !isField) draft.redo();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const marks = useMemo(() => draft.ruleset && marksOf(draft.ruleset, catalogue ?? [], checked.answer, problemsOf(checked.error)), [draft.ruleset, catalogue, checked.answer, checked.error]);
  if (!draft.isReady || !catalogue) return html`<main class="lab page" id="main"><${Wait} error=${facts.error} isBusy /></main>`;
  const { ruleset, tests, change } = draft;
  const counts = { rows: ruleset.rows.length, lists: ruleset.lists.length, lanes: ruleset.risk.length, sites: ruleset.sites.length, tests: tests.length };
  const bad = { lanes: marks.errorsOf("lanes", "risk"), tests: (checked.answer?.tests ?? []).filter((one) => !one.passed).length };
  for (const part of ["rows", "lists", "sites"]) bad[part] = marks.errorsOf(part);
  const asTest = (finding) => {
    change({ tests: [...tests, testOf({ id: freshId(tests.map((one) => one.id), finding.row ?? "case"), title: { zh: "检查发现的例子", en: "An example the check found" }, box: boxOf(finding.example, catalogue), route: ruleset.rows.find((row) => row.id === finding.row)?.route ?? ruleset.default.route, row: finding.row })] });
    setOpen(null);
    setTab("tests");
  };
  // Other test cases for the same table are no other version.
  const saved = (made) => {
    setOpen(null);
    if (made.hash === id) draft.settle();
    else forget(id);
    if (made.hash === id) onChanged();
    else go(address("edit", made.hash));
  };
  const goTo = (mark) => {
    setOpen(null);
    setTab({ risk: "lanes", tests: "tests" }[mark.part] ?? (TABS.includes(mark.part) ? mark.part : "rows"));
    if (mark.part === "rows") setTimeout(() => document.querySelector(`[data-at="${mark.index < 0 ? ruleset.rows.length : mark.index} 0"]`)?.click());
  };
  return html`<main class="lab editor" id="main">
    <${Top} version=${version} draft=${draft} onOpen=${setOpen} />
    ${version && html`<${Steps} version=${version} steps=${steps} session=${session} isDirty=${draft.isDirty} onChanged=${onChanged} />`}
    ${draft.foundAt && draft.isDirty && html`<p class="note-line" role="status"><${Mark} name="info" />${t("edFound", moment(draft.foundAt))} <button type="button" class="linkish" onClick=${draft.discard}>${t("edDiscard")}</button></p>`}
    <div class="tab-line"><div role="tablist" aria-label=${t("edParts")} onKeyDown=${alongTabs(tab, setTab)}>${TABS.map((name) => html`<button type="button" role="tab" key=${name} id="tab-${name}" aria-selected=${tab === name} aria-controls="panel" tabindex=${tab === name ? 0 : -1} onClick=${() => setTab(name)}>
        ${t(`edTab.${name}`)} <span class="quiet">${counts[name]}</span>${bad[name] > 0 && html` <span class="count">${bad[name]}</span>`}</button>`)}</div>
      <${Summary} marks=${marks} checked=${checked} onOpen=${() => setOpen({ kind: "findings" })} />
      ${tab === "rows" && html`<span class="row-tools"><${Button} kind="ghost" mark="plus" word=${t("edAddRow")} keys="Insert" onClick=${() => press("Insert")} /><${Button} kind="ghost" mark="plus" word=${t("edAddColumn")} keys="Alt+A" onClick=${() => document.querySelector(".add-fact")?.click()} />
        <label class="switch"><input type="checkbox" checked=${areSentencesShown} onChange=${() => setSentences(!areSentencesShown)} />${t("edSentences")}</label><${Button} kind="ghost" mark="keys" label=${t("edKeys")} onClick=${() => setOpen({ kind: "keys" })} /></span>`}</div>
    <div role="tabpanel" id="panel" aria-labelledby="tab-${tab}" class="panel p-${tab}">
      ${tab === "rows" && html`<${Grid} ruleset=${ruleset} catalogue=${catalogue} told=${told} marks=${marks} change=${change} added=${added} onAdded=${(name) => setAdded([...new Set([...added, name])])} onExample=${(finding) => setOpen({ kind: "example", finding })} onNotes=${(index) => setOpen({ kind: "findings", index })} areSentencesShown=${areSentencesShown} />`}
      ${tab === "lists" && html`<${NamedLists} ruleset=${ruleset} change=${change} marks=${marks} />`}
      ${tab === "lanes" && html`<${Quotas} ruleset=${ruleset} catalogue=${catalogue} change=${change} marks=${marks} />`}
      ${tab === "sites" && html`<${Sites} ruleset=${ruleset} change=${change} marks=${marks} />`}
      ${tab === "tests" && html`<${Tests} tests=${tests} ruleset=${ruleset} catalogue=${catalogue} results=${checked.answer?.tests} isBusy=${checked.isBusy} change=${change} />`}
    </div>
    ${open?.kind === "save" && html`<${SaveDialog} work=${draft} saved=${draft.saved} family=${version ? version.name : null} basedOn=${version?.hash ?? null} onClose=${() => setOpen(null)}
      onSaved=${saved} />`}
    ${open?.kind === "title" && html`<${TitleDialog} ruleset=${ruleset} onDone=${(title) => (change({ ruleset: { ...ruleset, title } }), setOpen(null))} onClose=${() => setOpen(null)} />`}
    ${open?.kind === "history" && html`<${History} steps=${steps ?? []} onClose=${() => setOpen(null)} />`}
    ${open?.kind === "keys" && html`<${Keys} onClose=${() => setOpen(null)} />`}
    ${open?.kind === "findings" && html`<${Findings} marks=${marks} index=${open.index} onGo=${goTo} onExample=${(finding) => setOpen({ kind: "example", finding })} onClose=${() => setOpen(null)} />`}
    ${open?.kind === "example" && html`<${Example} finding=${open.finding} catalogue=${catalogue} onTest=${asTest} onClose=${() => setOpen(null)} />`}
    ${open?.kind === "refused" && html`<${Dialog} title=${t("edImportRefused")} onClose=${() => setOpen(null)} size="wide"><${Problems} error=${open.error} /><//>`}
  </main>`;
}

/**
 * What the port last said of each row.  Of a table with an error it says nothing: then rows that were not touched since
 * keep what was said of them.
 */
function useTold(ruleset, { answer, asked }) {
  const last = useRef(null);
  if (answer?.rows.length) last.current = { answer, asked };
  const isStale = Boolean(answer) && answer.rows.length === 0;
  return useMemo(() => {
    if (!ruleset || !last.current) return { rows: new Map(), sampled: 0 };
    const { answer: said, asked: of } = last.current;
    const same = new Set(of.ruleset.rows.filter((row) => ruleset.rows.includes(row)).map((row) => row.id).concat("default"));
    return { rows: new Map(said.rows.filter((row) => !isStale || same.has(row.id)).map((row) => [row.id, row])), sampled: said.sampled };
  }, [ruleset, last.current, isStale]);
}

/** The grid answers to its own keys: a button presses one for who has a mouse. */
function press(key) {
  const cell = document.querySelector(".rule-grid [tabindex='0']");
  cell?.focus();
  cell?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

const alongTabs = (tab, setTab) => (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = TABS[(TABS.indexOf(tab) + step + TABS.length) % TABS.length];
  setTab(next);
  document.getElementById(`tab-${next}`)?.focus();
};

function Top({ version, draft, onOpen }) {
  const { run } = useDoing();
  const { ruleset } = draft;
  const take = () => run(async () => {
    const file = await choose(".json,.xlsx");
    if (!file) return;
    try {
      const found = await imported(file);
      draft.change({ ruleset: tidy(found.ruleset), tests: found.tests ?? [] });
    } catch (error) {
      onOpen({ kind: "refused", error });
    }
  });
  const copy = () => {
    keep("new", { ruleset: { ...ruleset, name: `${ruleset.name}-copy` }, tests: draft.tests, basedOn: null });
    go(address("edit", "new"));
  };
  return html`<header class="editor-top"><a class="b ghost" href=${address("edit")} aria-label=${t("edRulesets")} title=${t("edRulesets")}><${Mark} name="back" /></a>
    <div class="titles"><h1><button type="button" class="linkish" title=${t("edRename")} onClick=${() => onOpen({ kind: "title" })}>${say(ruleset.title) || t("edUntitled")}</button></h1>
      <p><code>${ruleset.name}</code>${version && html` <${Hash} hash=${version.hash} /> <${StateChip} version=${version} />`} ${draft.isDirty && html`<span class="chip-state unsaved" role="status">${t("edUnsaved")}</span>`}</p></div>
    <div class="tools"><${Button} mark="undo" label=${t("edUndo")} keys="Control+Z" disabled=${!draft.canUndo} onClick=${draft.undo} /><${Button} mark="redo" label=${t("edRedo")} keys="Control+Y" disabled=${!draft.canRedo} onClick=${draft.redo} />
      <span class="gap"></span>${version?.basedOn && html`<a class="b" href=${address("compare", version.basedOn, version.hash)}><${Mark} name="info" /><span>${t("edChanges")}</span></a>`}${version && html`<${Button} mark="list" word=${t("stHistory")} onClick=${() => onOpen({ kind: "history" })} /><${Button} mark="copy" word=${t("edCopy")} onClick=${copy} />`}
      <${Button} mark="into" word=${t("edImport")} onClick=${take} />
      ${version && ["json", "xlsx"].map((format) => html`<a key=${format} class="b" download href=${`/v1/rulesets/${version.hash}/export?format=${format}`}><${Mark} name="out" /><span>.${format}</span></a>`)}
      <${Button} mark="save" kind="main" word=${t("svTitle")} keys="Control+S" disabled=${!draft.isDirty && Boolean(version)} onClick=${() => onOpen({ kind: "save" })} /></div></header>`;
}

function TitleDialog({ ruleset, onDone, onClose }) {
  const [title, setTitle] = useState(ruleset.title);
  return html`<${Dialog} title=${t("edRename")} onClose=${onClose}><form class="stack" onSubmit=${(event) => (event.preventDefault(), onDone(title))}><${Words} words=${title} lead="edTitle" onChange=${setTitle} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main">${t("edDone")}</button></div></form><//>`;
}

const Keys = ({ onClose }) => html`<${Dialog} title=${t("edKeys")} onClose=${onClose}><dl class="keys">${[
  ["↑ ↓ ← →", "edKeyWalk"], ["Enter · F2", "edKeyEdit"], ["Esc", "edKeyCancel"], ["Delete", "edKeyClear"], ["Alt ↑ ↓", "edKeyMove"], ["Insert", "edKeyAdd"], ["Ctrl D", "edKeyCopy"], ["Shift Delete", "edKeyRemove"],
  ["Alt A", "edKeyColumn"], ["Ctrl C · Ctrl V", "edKeyCell"], ["Ctrl Z · Ctrl Y", "edKeyUndo"], ["Ctrl S", "edKeySave"],
].map(([keys, word]) => html`<div key=${word}><dt><kbd>${keys}</kbd></dt><dd>${t(word)}</dd></div>`)}</dl><//>`;
