/** The search box that knows what was typed, what was found, and what to do when nothing is. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { detect } from "./identifiers.js";
import { ask, Refused } from "./live.js";
import { currentLanguage, html, Icon, keepRecent, recents, remember, say, spaced, t } from "./shell.js";

export { Foot, SignIn } from "./account.js";

/** Where what was typed leads. */
const addressFor = ({ kind, value }) => (kind === "CONTAINER" ? `#/c/${value}` : `#/q/${encodeURIComponent(value)}`);

export function Home() {
  const [kept, setKept] = useState(recents());
  const forget = () => {
    remember("recent", null);
    setKept([]);
  };
  return html`<main class="column home">
    <h1>${t("tagline")}</h1>
    <${SearchBox} text="" />
    <p class="to-watch"><a class="plain" href="/watchlist"><${Icon} name="star" />${t("watchlist")}</a></p>
    ${kept.length > 0 && html`<section class="recent">
      <h2>${t("recent")} <button class="plain" onClick=${forget}>${t("clear")}</button></h2>
      <ul class="list">${kept.map((value) => {
        const seen = detect(value);
        return html`<li key=${value}><a href=${addressFor(seen)}>
          <span><b class="digits">${spaced(value)}</b><span class="sub">${t(seen.kind)}</span></span><${Icon} name="next" /></a></li>`;
      })}</ul>
    </section>`}
  </main>`;
}

export function SearchBox({ text }) {
  const [typed, setTyped] = useState(text);
  const seen = detect(typed);
  const go = (event) => {
    event.preventDefault();
    if (!seen.value || (seen.kind === "CONTAINER" && !seen.isValid)) return;
    if (seen.kind !== "CONTAINER") keepRecent(seen.value);
    location.hash = addressFor(seen);
  };
  const fix = () => {
    setTyped(seen.suggestion);
    location.hash = addressFor({ kind: seen.kind, value: seen.suggestion });
  };
  return html`<form class="search" role="search" onSubmit=${go}>
    <label for="q">${t("searchLabel")}</label>
    <div class="field">
      <input id="q" type="search" value=${typed} onInput=${(event) => setTyped(event.target.value)} placeholder=${t("searchHint")}
        autocapitalize="characters" autocomplete="off" spellcheck=${false} enterkeyhint="search" aria-describedby="seen" />
      <button class="primary" aria-label=${t("search")}><${Icon} name="search" /></button>
    </div>
    <p id="seen" class="seen" role="status"><${Seen} seen=${seen} /></p>
    ${seen.suggestion && html`<button type="button" class="suggest" onClick=${fix}>
      ${t("useIt")} <b class="digits">${spaced(seen.suggestion)}</b></button>`}
  </form>`;
}

function Seen({ seen }) {
  if (seen.kind === "EMPTY") return null;
  if (seen.suggestion) {
    const digit = t(seen.isShort ? "digitMissing" : "digitWrong", seen.expectedDigit);
    return html`<span class="stop"><${Icon} name="look" />${t(seen.kind)}: ${digit}</span>`;
  }
  const isChecked = ["CONTAINER", "PARCEL", "VESSEL"].includes(seen.kind);
  if (!isChecked) return html`<span class="quiet">${t(seen.kind)}</span>`;
  return html`<span class="go"><${Icon} name="go" />${t(seen.kind)}, ${t("digitRight")}</span>`;
}

export function Results({ text, onSignedOut }) {
  const [answer, setAnswer] = useState(null);
  const [failure, setFailure] = useState(null);
  useEffect(() => {
    ask(`/v1/search?q=${encodeURIComponent(text)}`).then(setAnswer, (error) => {
      if (error instanceof Refused && error.status === 401) onSignedOut();
      else setFailure(error);
    });
  }, [text]);
  return html`<main class="column">
    <${SearchBox} text=${text} />
    <h1 class="small">${t("results")}</h1>
    ${!answer && !failure && html`<p class="quiet" role="status">${t("loading")}</p>`}
    ${failure && html`<p class="refusal" role="alert">${failure instanceof Refused ? failure.message : t("unreachable")}</p>`}
    ${answer?.hint && html`<p class="quiet">${say(answer.hint)}</p>`}
    ${answer && answer.results.length === 0 && html`<p>${t("noResults")}</p>`}
    <ul class="list">${(answer?.results ?? []).map((result) => html`<${Found} key=${`${result.type} ${result.key}`} result=${result} />`)}</ul>
  </main>`;
}

function addressOf({ type, key, equipmentReference: number, visitID }) {
  if (number) return `#/c/${number}${visitID ? `/${visitID}` : ""}`;
  return type === "CERTIFICATE" || type === "PARCEL" ? `/certificates#/m/${key}` : null;
}

function Found({ result }) {
  const number = result.equipmentReference;
  const address = addressOf(result);
  const words = html`<span><b class="digits">${number ? spaced(number) : say(result.title) || result.key}</b>
    <span class="sub">${[t(result.type), number ? say(result.title) : ""].filter(Boolean).join(" · ")}</span></span>
    ${result.headline && html`<span class="headline">${say(result.headline)}</span>`}`;
  return html`<li>${address ? html`<a href=${address}>${words}<${Icon} name="next" /></a>` : html`<div>${words}</div>`}</li>`;
}

/** Why there is no status, and what to do: correct the number, or ask to be let in. */
export function Refusal({ refused: { status, problem }, number }) {
  if (status === 422) return html`<section class="empty"><h1>${t("badDigit")}</h1><${SearchBox} text=${number} /></section>`;
  if (status !== 404)
    return html`<section class="card empty"><h1>${t("wentWrong")}</h1><p>${problem.detail ?? problem.title}</p></section>`;
  // The problem's own words are English; where another language is spoken, ours say the same.
  const howTo = currentLanguage() === "en" ? (problem.fix ?? problem.detail) : t("askByNomination");
  return html`<section class="card empty">
    <h1>${t("notReported")}</h1>
    <p>${t("notReportedLead")}</p>
    ${howTo && html`<h2>${t("howToAsk")}</h2><p>${howTo}</p>`}
    <p class="quiet">${t("staysOpen")}</p>
  </section>`;
}
