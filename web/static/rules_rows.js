/**
 * The rows of the grid as they look: `Rule` and `Default`.  Each is drawn anew only when one of its properties is another
 * one, for a table may have hundreds; what it calls comes by reference, in `hand`.
 */
import { Component } from "./vendor/preact.module.js";
import { html, say, t } from "./shell.js";
import { Mark } from "./rules_icons.js";
import { RouteChip } from "./rules_parts.js";
import { CellText } from "./rules_cells.js";
import * as table from "./rules_table.js";

const MARKS = { ERROR: "error", WARNING: "warn" };

const drawnByNeed = (draw) =>
  class extends Component {
    shouldComponentUpdate(next) {
      return Object.keys(next).some((name) => next[name] !== this.props[name]);
    }

    render(props) {
      return draw(props);
    }
  };

const grip = (hand, n) =>
  Object.fromEntries(["onPointerDown", "onPointerMove", "onPointerUp", "onPointerCancel"].map((name) => [name, (event) => hand.current.grip(n)[name](event)]));

function drawRule({ row, n, lists, columns, here, hand, marks, counts, sampled, areSentencesShown, isTarget }) {
  const found = marks.ofRow(n);
  const notes = marks.notesOf(n);
  const worst = ["ERROR", "WARNING"].find((one) => found.some((mark) => mark.severity === one)) ?? "";
  const gloss = `gloss-${n}`;
  const cell = (column, kind) => {
    const bad = marks.ofCell(n, kind);
    return {
      "data-at": `${n} ${column}`,
      role: column ? "gridcell" : "rowheader",
      tabindex: here === column ? 0 : -1,
      "aria-invalid": bad.some((one) => one.severity === "ERROR") ? "true" : undefined,
      "aria-describedby": bad.length ? gloss : undefined,
      title: bad.map((one) => say(one.message)).join("\n") || undefined,
      onClick: (event) => hand.current.pressed(n, column)(event),
    };
  };
  const shade = (kind) => ({ ERROR: "bad", WARNING: "doubt" })[["ERROR", "WARNING"].find((one) => marks.ofCell(n, kind).some((mark) => mark.severity === one))] ?? "";
  return html`<tbody class="rule ${worst.toLowerCase()} ${here === null ? "" : "here"} ${isTarget ? "target" : ""}" data-row=${n}>
    <tr role="row" aria-rowindex=${n + 2}>
      <th scope="row" class="c-id ${shade("id")}" ...${cell(0, "id")} aria-describedby=${areSentencesShown ? gloss : undefined}>
        <i class="grip" aria-hidden="true" ...${grip(hand, n)}><${Mark} name="grip" /></i>
        <span class="n">${n + 1}</span><span class="id">${row.id}</span></th>
      ${columns.map(({ kind, fact }, m) => {
        if (kind === "fact") return html`<td key=${fact.name} class="c-fact ${shade(fact.name)}" ...${cell(m, fact.name)}><${CellText} fact=${fact} conditions=${table.cellOf(row, fact.name)} lists=${lists} /></td>`;
        if (kind === "note") return html`<td key="note" class="c-note ${shade("note")}" ...${cell(m, "note")}><span>${say(row.note)}</span></td>`;
        if (kind === "route") return html`<td key="route" class="c-route ${shade("route")}" ...${cell(m, "route")}><${RouteChip} route=${row.route} /></td>`;
        return kind === "hits" && html`<td key="hits" class="c-hits" ...${cell(m, "hits")}><${Hits} counts=${counts} sampled=${sampled} /></td>`;
      })}
    </tr>
    ${(areSentencesShown || found.length > 0) && html`<tr class="gloss" role="row" aria-rowindex=${n + 2}><td colspan=${columns.length} role="gridcell"><div id=${gloss}>
      ${areSentencesShown && html`<p>${counts?.sentence ? say(counts.sentence) : row.when.length ? "" : t("edNothingAsked")}
        ${notes > 0 && html` <button type="button" class="linkish notes" tabindex=${here === null ? -1 : 0} onClick=${() => hand.current.onNotes(n)}>${t("edNotes", notes)}</button>`}</p>`}
      ${found.map((one, k) => html`<p key=${k} class="finding ${one.severity}"><${Mark} name=${MARKS[one.severity]} />${one.place && html`<b>${one.place}</b> `}${say(one.message)}
        ${one.example && html`<button type="button" class="b ghost" onClick=${() => hand.current.onExample(one)}>${t("edShowExample")}</button>`}</p>`)}</div></td></tr>`}
  </tbody>`;
}

function drawDefault({ row, n, columns, here, hand, marks, counts, sampled, areSentencesShown }) {
  const facts = columns.length - 4;
  const cell = (column) => ({ "data-at": `${n} ${column}`, tabindex: here !== null && (here === column || (column === 1 && columns[here].kind === "fact")) ? 0 : -1, onClick: (event) => hand.current.pressed(n, column)(event) });
  const [note, route, hits] = [facts + 1, facts + 2, facts + 3];
  const found = marks.ofRow(table.DEFAULT);
  return html`<tbody class="rule default ${found.length ? "error" : ""} ${here === null ? "" : "here"}"><tr role="row" aria-rowindex=${n + 2}>
    <th scope="row" role="rowheader" class="c-id" ...${cell(0)}><span class="n"><${Mark} name="lock" /></span><span class="id">${t("edDefaultRow")}</span></th>
    ${facts > 0 && html`<td role="gridcell" class="c-fact rest" colspan=${facts} ...${cell(1)}>${t("edEverythingElse")}</td>`}
    <td role="gridcell" class="c-note" ...${cell(note)}><span>${say(row.note)}</span></td>
    <td role="gridcell" class="c-route" aria-invalid=${found.length ? "true" : undefined} ...${cell(route)}><${RouteChip} route=${row.route} /></td>
    <td role="gridcell" class="c-hits" ...${cell(hits)}><${Hits} counts=${counts} sampled=${sampled} /></td></tr>
    ${(areSentencesShown || found.length > 0) && html`<tr class="gloss" role="row" aria-rowindex=${n + 2}><td colspan=${columns.length} role="gridcell"><div>
      ${areSentencesShown && html`<p>${say(counts?.sentence)}</p>`}${found.map((one, k) => html`<p key=${k} class="finding ${one.severity}"><${Mark} name="error" />${say(one.message)}</p>`)}</div></td></tr>`}
  </tbody>`;
}

/** In how many of the latest cases the row decides, and in how many it holds at all. */
function Hits({ counts, sampled }) {
  if (!counts || !sampled) return html`<span class="quiet">–</span>`;
  const { first = 0, holds = 0 } = counts;
  return html`<span class="hits" title=${t("edHits", first, holds, sampled)}><span class="num"><b>${first}</b>${holds > first && html`<small> / ${holds}</small>`}</span>
    <i class="meter"><i style=${{ width: `${(100 * holds) / sampled}%` }}></i><i class="first" style=${{ width: `${(100 * first) / sampled}%` }}></i></i></span>`;
}

export const Rule = drawnByNeed(drawRule);

export const Default = drawnByNeed(drawDefault);
