/**
 * The rule lab: its frame, and one view at a time, fetched when it is first wanted.
 *
 * A view is a module whose default export is a component; it gets `{session, parts, query}` (rules_place.js) and
 * makes its own <main class="lab …">.  Words of its own it learns before it exports: `await learn({zh, en})` (shell.js).
 */
import { useEffect, useErrorBoundary, useState } from "./vendor/hooks.module.js";
import { Gate } from "./desk.js";
import { html, learn, show, t } from "./shell.js";
import { iAm } from "./rules_parts.js";
import { address, go, usePath } from "./rules_place.js";

learn({ zh: () => import("./words/rules_zh.js"), en: () => import("./words/rules_en.js") });

const VIEWS = {
  edit: ["labEdit", () => import("./rules_edit.js")],
  try: ["labTry", () => import("./lab_try.js")],
  compare: ["labCompare", () => import("./lab_compare.js")],
  backtests: ["labBacktests", () => import("./lab_backtests.js")],
  shadow: ["labShadow", () => import("./lab_shadow.js")],
  moves: ["labMoves", () => import("./lab_moves.js")],
  decisions: ["labDecisions", () => import("./lab_decisions.js")],
  audit: ["labAudit", () => import("./lab_audit.js")],
};

function Lab({ session }) {
  const { view, parts, query } = usePath();
  iAm(session.person);
  useEffect(() => {
    if (!(view in VIEWS)) go(address("edit"), { replace: true });
  }, [view]);
  const known = view in VIEWS ? view : "edit";
  return html`<nav class="lab-nav" aria-label=${t("labName")}><a class="skip" href="#main" onClick=${skip}>${t("labSkip")}</a>
      ${Object.entries(VIEWS).map(([name, [word]]) => html`<a key=${name} href=${address(name)} aria-current=${name === known ? "page" : undefined}>${t(word)}</a>`)}</nav>
    <${View} key=${known} name=${known} session=${session} parts=${parts} query=${query} />`;
}

// The address after # is where we are: a plain link would lead away.
function skip(event) {
  event.preventDefault();
  const main = document.querySelector("main");
  main.tabIndex = -1;
  main.focus();
}

function View({ name, ...given }) {
  const [Shown, setShown] = useState(null);
  const [failure, setFailure] = useState(null);
  const [broken] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    VIEWS[name][1]().then((module) => setShown(() => module.default), setFailure);
  }, [name]);
  if (broken) return html`<main class="lab page"><h1>${t("labBroken")}</h1><p>${t("labBrokenLead")}</p><pre class="raw">${String(broken)}</pre></main>`;
  if (failure) return html`<main class="lab page"><p class="refusal" role="alert">${t("labNoView")}</p></main>`;
  if (!Shown) return html`<main class="lab page"><p class="quiet" role="status">${t("loading")}</p></main>`;
  return html`<${Shown} ...${given} />`;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} roles=${["customs"]} Page=${Lab} />`);
