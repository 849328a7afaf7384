/**
 * Charts of the lab as inline SVG, each with the same numbers as a table for who cannot see it.
 *
 *   Bars({title, rows: [{label, value, low, high, tone, told}], max, format})      across; `low…high` is drawn as a whisker
 *   Columns({title, points: [{label, value}], limit, limitWord, format})            upright; `limit` is a line across
 *   Lines({title, series: [{name, tone, points: [[x, y]]}], formatX, formatY, …})   y over x, a legend above
 *   FlipMatrix({cells: [{from, to, count}], chosen, onChoose, fromWord, toWord})    routes against routes; a cell may be pressed
 *
 * A tone is a route (HOLD …) or one of a, b, c, d.  Sizes are of the drawing; CSS stretches it to its place.
 */
import { useId } from "./vendor/hooks.module.js";
import { html, t } from "./shell.js";
import { RouteChip, ROUTES } from "./rules_parts.js";

const plain = (value) => (value === null || value === undefined ? "–" : new Intl.NumberFormat("en", { maximumFractionDigits: 3 }).format(value));

export const percent = (value, digits = 1) => (value === null || value === undefined ? "–" : `${(value * 100).toFixed(digits)} %`);

/** The drawing with its title above and its numbers folded away below. */
function Chart({ title, width, height, head, table, children }) {
  const name = useId();
  return html`<figure class="chart"><figcaption id=${name}>${title}</figcaption>
    ${head}
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby=${name} preserveAspectRatio="xMidYMid meet">${children}</svg>
    <details><summary>${t("labNumbers")}</summary><table><tbody>${table.map((cells, n) => html`<tr key=${n}>
      ${cells.map((cell, m) => (m ? html`<td key=${m}>${cell}</td>` : html`<th scope="row" key=${m}>${cell}</th>`))}</tr>`)}</tbody></table></details>
  </figure>`;
}

export function Bars({ title, rows, max, format = plain }) {
  const [left, right, step] = [180, 90, 26];
  const width = 720;
  const most = max ?? Math.max(...rows.map((row) => row.high ?? row.value ?? 0), 1e-9);
  const x = (value) => left + ((width - left - right) * Math.min(value, most)) / most;
  const height = rows.length * step + 8;
  return html`<${Chart} title=${title} width=${width} height=${height}
    table=${rows.map((row) => [row.label, format(row.value), row.low === undefined ? "" : `${format(row.low)} – ${format(row.high)}`])}>
    <line class="axis" x1=${left} y1="0" x2=${left} y2=${height} />
    ${rows.map((row, n) => {
      const y = n * step + 6;
      return html`<g key=${row.label}>
        <text class="label" x=${left - 10} y=${y + 12} text-anchor="end">${row.label}</text>
        ${row.value !== null && html`<rect class="bar-fill t-${row.tone ?? "a"}" x=${left} y=${y} width=${Math.max(0, x(row.value) - left)} height="16" rx="2" />`}
        ${row.low !== undefined && row.low !== null && html`<path class="whisker" d=${`M${x(row.low)} ${y + 8}H${x(row.high)}M${x(row.low)} ${y + 3}v10M${x(row.high)} ${y + 3}v10`} />`}
        <text class="value" x=${x(row.high ?? row.value ?? 0) + 8} y=${y + 12}>${row.told ?? format(row.value)}</text></g>`;
    })}<//>`;
}

/** A round step so that about `count` of them make `most`. */
export function stepOf(most, count = 4) {
  const rough = most / count || 1;
  const ten = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((n) => n * ten).find((n) => n >= rough);
}

function Scale({ most, y, left, right, format }) {
  const step = stepOf(most);
  const marks = Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, n) => n * step);
  return marks.map((mark) => html`<g key=${mark}><line class="rule" x1=${left} x2=${right} y1=${y(mark)} y2=${y(mark)} />
    <text class="tick" x=${left - 8} y=${y(mark) + 4} text-anchor="end">${format(mark)}</text></g>`);
}

export function Columns({ title, points, limit, limitWord, format = plain }) {
  const [width, height, left, bottom, top, right] = [720, 240, 52, 26, 12, 8];
  const most = Math.max(...points.map((point) => point.value), limit ?? 0, 1e-9) * 1.05;
  const y = (value) => top + (height - top - bottom) * (1 - value / most);
  const slot = (width - left - right) / Math.max(points.length, 1);
  const every = Math.ceil(points.length / 12);
  return html`<${Chart} title=${title} width=${width} height=${height}
    table=${points.map((point) => [point.label, format(point.value), limit !== undefined && limit !== null && point.value > limit ? limitWord : ""])}>
    <${Scale} most=${most} y=${y} left=${left} right=${width - right} format=${format} />
    ${points.map((point, n) => html`<g key=${n}>
      <rect class="bar-fill t-${limit && point.value > limit ? "INSPECTION" : (point.tone ?? "a")}" x=${left + n * slot + slot * 0.12} y=${y(point.value)} width=${slot * 0.76} height=${Math.max(0, height - bottom - y(point.value))} />
      ${n % every === 0 && html`<text class="tick" x=${left + (n + 0.5) * slot} y=${height - 8} text-anchor="middle">${point.label}</text>`}</g>`)}
    ${limit !== undefined && limit !== null && html`<line class="limit" x1=${left} x2=${width - right} y1=${y(limit)} y2=${y(limit)} />
      <text class="value" x=${width - right - 4} y=${y(limit) - 5} text-anchor="end">${limitWord} ${format(limit)}</text>`}<//>`;
}

export function Lines({ title, series, formatX = plain, formatY = plain, fromZero = true }) {
  const [width, height, left, bottom, top, right] = [720, 260, 56, 28, 12, 16];
  const all = series.flatMap((one) => one.points);
  const [x0, x1] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const y0 = fromZero ? 0 : Math.min(...all.map(([, y]) => y));
  const most = Math.max(...all.map(([, y]) => y), y0 + 1e-9) * 1.05;
  const x = (value) => left + ((width - left - right) * (value - x0)) / (x1 - x0 || 1);
  const y = (value) => top + (height - top - bottom) * (1 - (value - y0) / (most - y0));
  const ticks = [...new Set(all.map(([value]) => value))].sort((one, other) => one - other);
  const every = Math.ceil(ticks.length / 8);
  const legend = html`<ul class="legend">${series.map((one) => html`<li key=${one.name}><i class="t-${one.tone ?? "a"}"></i>${one.name}</li>`)}</ul>`;
  return html`<${Chart} title=${title} width=${width} height=${height} head=${legend}
    table=${series.flatMap((one) => one.points.map(([px, py]) => [one.name, formatX(px), formatY(py)]))}>
    <${Scale} most=${most} y=${y} left=${left} right=${width - right} format=${formatY} />
    ${ticks.filter((_, n) => n % every === 0).map((tick) => html`<text key=${tick} class="tick" x=${x(tick)} y=${height - 8} text-anchor="middle">${formatX(tick)}</text>`)}
    ${series.map((one) => html`<g key=${one.name} class="series t-${one.tone ?? "a"}">
      <path d=${one.points.map(([px, py], n) => `${n ? "L" : "M"}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("")} />
      ${one.points.length <= 40 && one.points.map(([px, py], n) => html`<circle key=${n} cx=${x(px)} cy=${y(py)} r="3" />`)}</g>`)}<//>`;
}

export function FlipMatrix({ cells, chosen, onChoose, fromWord, toWord }) {
  const count = (from, to) => cells.find((cell) => cell.from === from && cell.to === to)?.count ?? 0;
  const most = Math.max(...cells.filter((cell) => cell.from !== cell.to).map((cell) => cell.count), 1);
  const depth = (from, to) => (from === to ? 0 : Math.ceil((4 * count(from, to)) / most));
  const direction = (from, to) => (from === to ? "same" : ROUTES.indexOf(to) > ROUTES.indexOf(from) ? "stricter" : "laxer");
  return html`<table class="flips"><caption>${fromWord} → ${toWord}</caption>
    <thead><tr><td></td>${ROUTES.map((to) => html`<th scope="col" key=${to}><${RouteChip} route=${to} isQuiet /></th>`)}</tr></thead>
    <tbody>${ROUTES.map((from) => html`<tr key=${from}><th scope="row"><${RouteChip} route=${from} isQuiet /></th>
      ${ROUTES.map((to) => {
        const n = count(from, to);
        const isChosen = chosen?.from === from && chosen?.to === to;
        return html`<td key=${to} class="${direction(from, to)} d${depth(from, to)}">${n > 0 && onChoose
          ? html`<button type="button" aria-pressed=${isChosen} onClick=${() => onChoose({ from, to })}>${plain(n)}</button>`
          : html`<span>${n ? plain(n) : "·"}</span>`}</td>`;
      })}</tr>`)}</tbody></table>`;
}
