/** What every page has: the template tag, words in Chinese and English (kept in words/), times, icons, the bar. */
import { h, render } from "./vendor/preact.module.js";
import htm from "./vendor/htm.module.js";

export const html = htm.bind(h);

const sources = [{ zh: () => import("./words/zh.js"), en: () => import("./words/en.js") }];
let language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const words = {};
let serverAhead = 0;

export const currentLanguage = () => language;

/** Adds words that not every page needs. */
export async function learn(source) {
  sources.push(source);
  Object.assign(words, (await source[language]()).default);
}

/** Speaks `next` from now on, once its words are here. */
export async function speak(next) {
  const tables = await Promise.all(sources.map((source) => source[next]()));
  Object.assign(words, ...tables.map((table) => table.default)); // Every language has the same keys.
  language = next;
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

/** The word for `key`; `{0}`, `{1}` take `parts`. */
export const t = (key, ...parts) => (words[key] ?? key).replace(/\{(\d)\}/g, (_, n) => parts[n]);

export const knows = (key) => key in words;

/** The word for a code; one newer than this page is shown readable, never hidden. */
export function code(group, value) {
  if (value === null || value === undefined || value === "UNKNOWN") return t("UNKNOWN");
  const key = `${group}.${value}`;
  return knows(key) ? t(key) : String(value).replaceAll("_", " ").toLowerCase();
}

/** A text the server sent in both languages, or plain. */
export const say = (text) => (text && typeof text === "object" ? (text[language] ?? text.en ?? "") : (text ?? ""));

/** A simulated port lives in its own time: ages are counted from what the feed says its clock shows. */
export function setServerTime(at) {
  if (at) serverAhead = new Date(at) - Date.now();
}

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");
const format = (at, options) =>
  new Intl.DateTimeFormat(locale(), { timeZone: "Asia/Shanghai", hourCycle: "h23", ...options }).format(new Date(at));

const TIME = { hour: "2-digit", minute: "2-digit" };

/** `15:04`, always in the port's zone. */
export const clock = (at) => format(at, TIME);

/** `11月21日 15:04`, `21 Nov, 15:04`. */
export const moment = (at) => format(at, { month: "short", day: "numeric", ...TIME });

/** `11月21日星期六`, `Saturday 21 November`. */
export const day = (at) => format(at, { month: "long", day: "numeric", weekday: "long" });

/** `3分钟前`, `3 minutes ago`; a moment ahead of the port's clock is just now. */
export function ago(at) {
  const seconds = (Date.now() + serverAhead - new Date(at)) / 1000;
  if (seconds < 45) return t("justNow");
  const [size, unit] = seconds < 3570 ? [60, "minute"] : seconds < 84600 ? [3600, "hour"] : [86400, "day"];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(-Math.round(seconds / size), unit);
}

const PATHS = {
  go: "M5 12.5l4.6 4.6L19.5 7",
  look: "M12 4.5v10M12 19v.5",
  stop: "M6 6l12 12M18 6L6 18",
  wait: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5V12l3.2 2",
  gone: "M4 12h14M12.5 6l6 6-6 6",
  hold: "M8 5v14M16 5v14",
  none: "M6 12h12",
  search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.5L20.5 20.5",
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  link: "M10 14a4 4 0 005.7 0l3-3A4 4 0 0013 5.3l-1 1M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.7l1-1",
  dark: "M20 14.5A8.5 8.5 0 119.5 4a7 7 0 0010.5 10.5z",
  light: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 3v1M12 20v1M3 12h1M20 12h1M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1",
  star: "M12 4l2.4 5 5.6.8-4 3.9 1 5.5-5-2.6-5 2.6 1-5.5-4-3.9 5.6-.8z",
  person: "M12 4a4 4 0 100 8 4 4 0 000-8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
};

export const Icon = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/** Remembered on this phone only; storage that is forbidden or full forgets. */
export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Private windows of some WebViews: nothing to remember with.
  }
}

function recall(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

const KEPT = 8;

/** What was looked for lately, newest first. */
export const recents = () => JSON.parse(recall("recent") ?? "[]");

export const keepRecent = (value) =>
  remember("recent", JSON.stringify([value, ...recents().filter((other) => other !== value)].slice(0, KEPT)));

/** The bar at the top: what `children` put at the left, then language and theme. */
export function Bar({ children, onChange }) {
  const isDark = document.documentElement.dataset.theme === "dark";
  const switchTheme = () => {
    document.documentElement.dataset.theme = isDark ? "light" : "dark";
    remember("theme", isDark ? "light" : "dark");
    onChange();
  };
  const switchLanguage = async () => {
    const next = currentLanguage() === "zh" ? "en" : "zh";
    await speak(next);
    remember("language", next);
    onChange();
  };
  const other = currentLanguage() === "zh" ? "en" : "zh-CN";
  return html`<header class="bar">
    <div class="bar-left">${children}</div>
    <button class="plain" lang=${other} onClick=${switchLanguage}>${t("language")}</button>
    <button class="plain round" onClick=${switchTheme} aria-label=${t(isDark ? "themeLight" : "themeDark")}>
      <${Icon} name=${isDark ? "light" : "dark"} />
    </button>
  </header>`;
}

export const Brand = () => html`<a class="brand" href="/"><img src="/static/icon.svg" alt="" width="28" height="28" />${t("product")}</a>`;

/** `CSQU3054383` as it stands on the door: `CSQU 305438 3`. */
export const spaced = (number) => number.replace(/^([A-Z]{4})(\d{6})(\d)$/, "$1 $2 $3");

/** Puts `Page` on the screen once its words are here, and again whenever the returned function is called. */
export function show(Page) {
  const draw = () => render(html`<${Page} redraw=${draw} />`, document.getElementById("page"));
  speak(currentLanguage()).then(draw);
  return draw;
}
