/**
 * Try a box: paste a number, a declaration, a message or a decision's id; what one version makes of it, or two.
 *
 * #/try/HASH/OTHER?box=NUMBER or ?decision=ID asks at once.
 */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { code, html, say, spaced, t } from "./shell.js";
import { detect } from "./identifiers.js";
import { call, Refused } from "./rules_api.js";
import { Empty, RouteChip, Segments, Wait } from "./rules_parts.js";
import { address } from "./rules_place.js";
import { Complaint, Said, useVersions, VersionName, VersionSelect } from "./lab_parts.js";
import { kindOf, KINDS, NotJson, questionOf } from "./lab_pasted.js";
import { FactTable, MovesLine, Risk, WhyNot } from "./lab_tried.js";

export default function Try({ parts: [hash, other], query }) {
  const versions = useVersions();
  const [text, setText] = useState(query.get("box") ?? query.get("decision") ?? "");
  const [kind, setKind] = useState("AUTO");
  const [told, setTold] = useState(null);
  const { run, isBusy, error } = useDoing();
  const chosen = [versions.ofHash(hash)?.hash ?? versions.active, versions.ofHash(other)?.hash].filter(Boolean);
  const found = kind === "AUTO" ? kindOf(text) : kind;
  const better = found === "CONTAINER" ? suggestionFor(text) : null;
  const ask = () => run(async () => {
    setTold(null);
    const question = asked(found, text);
    const answers = await Promise.all(chosen.map((one) => call("/v1/rulesets/try", { body: { hash: one, ...question } }))).catch((error) => {
      throw error instanceof Refused && error.status === 404 ? new Said(t(found === "DECISION" ? "tryNoDecision" : "tryUnknownBox")) : error;
    });
    const tables = await Promise.all(chosen.map((one) => call(`/v1/rulesets/${one}`)));
    setTold(chosen.map((one, n) => ({ hash: one, cases: answers[n].cases, table: tables[n].ruleset })));
  });
  const [isWanted, setWanted] = useState(query.has("box") || query.has("decision"));
  useEffect(() => {
    // Asked before the versions are known, or asked already: another version is another answer.
    if (!versions.answer || !(isWanted || told)) return;
    setWanted(false);
    ask();
  }, [isWanted, versions.answer === undefined, hash, other]);
  const submit = (event) => (event.preventDefault(), text.trim() && setWanted(true));
  const press = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey || found === "CONTAINER" || found === "DECISION") && !event.shiftKey && submit(event);
  const turn = (one, two) => (location.hash = `${address("try", ...[one, two].filter(Boolean))}`);
  return html`<main class="lab page try" id="main"><form class="try-form card" onSubmit=${submit}>
      <h1>${t("labTry")}</h1>
      <label for="pasted">${t("tryPaste")}</label>
      <textarea id="pasted" rows="7" spellcheck=${false} placeholder=${t("tryHint")} value=${text} aria-describedby="read-as" onInput=${(event) => setText(event.target.value)} onKeyDown=${press}></textarea>
      <${Segments} label=${t("tryKind")} value=${kind} onChange=${setKind} options=${["AUTO", ...KINDS].map((one) => [one, t(`tryKind.${one}`)])} />
      ${better && html`<p class="note-line">${t("tryCheckDigit")} <button type="button" class="linkish" onClick=${() => setText(better)}>${spaced(better)}</button></p>`}
      <p id="read-as" class="quiet" role="status">${text.trim() ? t("tryReadAs", t(`tryKind.${found}`)) : t("tryNothingKept")}</p>
      <${VersionSelect} label=${t("tryBy")} value=${chosen[0]} versions=${versions.all} onChange=${(one) => turn(one, chosen[1])} />
      <${VersionSelect} label=${t("tryAnd")} value=${chosen[1]} versions=${versions.all.filter((one) => one.hash !== chosen[0])} without=${t("tryNoOther")} onChange=${(one) => turn(chosen[0], one)} />
      <p><button class="b main" aria-keyshortcuts="Control+Enter" disabled=${isBusy || !text.trim() || !chosen.length}><span>${t("tryAsk")}</span></button> <span class="quiet"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span></p>
    </form>
    <section class="try-told" aria-live="polite" aria-busy=${isBusy}>
      ${error && html`<div class="card"><${Complaint} error=${error} /></div>`}<${Wait} error=${versions.error} isBusy=${isBusy} />
      ${told ? html`<${Told} told=${told} versions=${versions} />` : !isBusy && !error && html`<${Empty} title=${t("tryEmpty")} lead=${t("tryEmptyLead")} />`}
    </section></main>`;
}

/** The container number that was meant, where the check digit is wrong or missing. */
function suggestionFor(text) {
  const { kind, isValid, suggestion } = detect(text);
  return kind === "CONTAINER" && !isValid ? (suggestion ?? null) : null;
}

function asked(kind, text) {
  try {
    return questionOf(kind, text);
  } catch (error) {
    throw error instanceof NotJson ? new Said(t("edNotJson", error.message)) : error;
  }
}

/** A box at a time; the versions beside each other, what they looked at below. */
function Told({ told, versions }) {
  const [at, setAt] = useState(0);
  const boxes = told[0].cases;
  const box = Math.min(at, boxes.length - 1);
  if (!boxes.length) return html`<${Empty} title=${t("tryNoBox")} />`;
  const asked = new Map(told.flatMap((one) => one.cases[box]?.facts ?? []).map((fact) => [`${fact.declaration ?? ""} ${fact.line ?? ""} ${fact.name}`, fact]));
  for (const one of told) for (const fact of one.cases[box]?.facts ?? []) if (fact.isAsked) asked.get(`${fact.declaration ?? ""} ${fact.line ?? ""} ${fact.name}`).isAsked = true;
  return html`${boxes.length > 1 && html`<div class="box-tabs"><${Segments} label=${t("tryBoxes")} value=${box} onChange=${setAt} options=${boxes.map((one, n) => [n, spaced(one.containerNumber ?? t("tryNoNumber"))])} /></div>`}
    ${boxes[box].isRouted === false && html`<p class="note-line">${t("tryNotRouted")}</p>`}
    <div class="side-by-side n${told.length}">${told.map((one) => html`<${Answer} key=${one.hash} told=${one} one=${one.cases[box]} versions=${versions} isOne=${told.length === 1} />`)}</div>
    <${FactTable} facts=${[...asked.values()]} />`;
}

function Answer({ told, one, versions, isOne }) {
  const { decision } = one;
  const sentence = one.rows.find((row) => row.row === decision.matchedRow)?.sentence;
  return html`<article class="answer"><section class="card verdict-card r-${decision.route}">
      <p class="of"><b class="num">${spaced(one.containerNumber ?? "")}</b> <${VersionName} hash=${told.hash} versions=${versions} /></p>
      <h2><${RouteChip} route=${decision.route} /> ${decision.place ?? ""}</h2>
      <p><b>${code("reason", decision.reason)}</b>${decision.matchedRow && html` · <code>${decision.matchedRow}</code>`}${decision.isAwaitingSite && html` <span class="tag warn">${t("awaitingSite")}</span>`}</p>
      ${sentence && html`<p class="sentence">${say(sentence)}</p>`}
      ${decision.alerts.map((alert) => html`<p class="look" key=${alert}>${code("alert", alert)}</p>`)}
      <p class="quiet">${one.declarations.map((declared) => [declared.declaration ?? declared.document, code("lbStatus", declared.status)].join(" · ")).join("; ") || t("tryUndeclared")}</p>
      <${MovesLine} moves=${one.moves} /></section>
    <${Risk} table=${told.table} one=${one} />
    <${WhyNot} one=${one} table=${told.table} isOne=${isOne} /></article>`;
}
