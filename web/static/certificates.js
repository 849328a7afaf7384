/** Certificate mailing on a phone: apply, and every step until it is delivered, with what one's own role may do next. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure, Gate, Stamp, useAnswers, useDoing, usePlace } from "./desk.js";
import { ask } from "./live.js";
import { code, html, Icon, moment, show, t } from "./shell.js";

const STEPS = ["APPLIED", "SIGNED", "IN_LOCKER", "CODE_CONFIRMED", "COLLECTED", "DELIVERED"];
const TRADE = ["forwarder", "broker", "consignee"];
const ISSUER = ["customs", "authority"];

/** Who may do what in which state, and what they must write; the server judges again. */
const ACTIONS = [
  { name: "sign", roles: ISSUER, states: ["APPLIED"] },
  { name: "place", roles: ISSUER, states: ["SIGNED"], field: "locker" },
  { name: "code", roles: TRADE, states: ["IN_LOCKER"] },
  { name: "confirm", roles: ["courier", ...TRADE], states: ["IN_LOCKER"], field: "code", label: "pickupCode" },
  { name: "collect", roles: ["courier"], states: ["CODE_CONFIRMED"], field: "itemID" },
  { name: "cancel", roles: TRADE, states: ["APPLIED", "SIGNED"] },
];

function Certificates({ session }) {
  const [, chosen] = usePlace("");
  const [keys, setKeys] = useState([]);
  const { answers, failure, refresh } = useAnswers({ list: "/v1/certificates" }, keys);
  const mailings = answers.list?.certificates;
  const wanted = JSON.stringify((mailings ?? []).slice(0, 50).map(({ mailingID }) => `certificate:${mailingID}`).sort());
  useEffect(() => setKeys(JSON.parse(wanted)), [wanted]);
  const sorted = mailings && [...mailings].sort((one, other) => Number(other.mailingID === chosen) - Number(one.mailingID === chosen));
  return html`<main class="column">
    <h1 class="page-title">${t("certificates")}</h1>
    <${Failure} error=${failure} />
    ${TRADE.includes(session.role) && html`<${Apply} onDone=${refresh} />`}
    ${!sorted && !failure && html`<p class="quiet">${t("loading")}</p>`}
    ${sorted?.length === 0 && html`<p class="quiet nothing">${t("noMailings")}</p>`}
    ${sorted?.map((mailing) => html`<${Mailing} key=${mailing.mailingID} mailing=${mailing} role=${session.role} onDone=${refresh} />`)}
  </main>`;
}

function Apply({ onDone }) {
  const { run, isBusy, error } = useDoing();
  const submit = (event) => {
    event.preventDefault();
    const form = event.target;
    const { certificateNumber, ...recipient } = Object.fromEntries(new FormData(form));
    run(async () => {
      await ask("/v1/certificates", { method: "POST", body: { certificateNumber, recipient } });
      form.reset();
      form.closest("details").open = false;
      await onDone();
    });
  };
  const field = (name, word, more) => html`<label for=${name}>${t(word)}</label><input id=${name} name=${name} required ...${more} />`;
  return html`<details class="card apply"><summary>${t("apply")}</summary>
    <form onSubmit=${submit}>
      ${field("certificateNumber", "certificateNumber", { autocapitalize: "characters", autocomplete: "off" })}
      ${field("name", "recipientName", { autocomplete: "name" })}
      ${field("phone", "recipientPhone", { type: "tel", autocomplete: "tel" })}
      ${field("address", "recipientAddress", { autocomplete: "street-address" })}
      <${Failure} error=${error} />
      <button class="primary" disabled=${isBusy}>${t("apply")}</button>
    </form></details>`;
}

function Mailing({ mailing, role, onDone }) {
  const [shownOnce, setShownOnce] = useState(null);
  const { run, isBusy, error } = useDoing();
  const act = (name, body) =>
    run(async () => {
      const answer = await ask(`/v1/certificates/${encodeURIComponent(mailing.mailingID)}/${name}`, { method: "POST", body });
      if (name === "code") setShownOnce(answer);
      await onDone();
    });
  const allowed = ACTIONS.filter(({ roles, states }) => roles.includes(role) && states.includes(mailing.state));
  return html`<article class="card">
    <h2 class="digits">${mailing.certificateNumber ?? mailing.itemID ?? t("certificates")}</h2>
    <p class="sub">${[mailing.locker, mailing.itemID].filter(Boolean).join(" · ")}</p>
    <${Steps} mailing=${mailing} />
    ${shownOnce && html`<div class="code" role="status"><p>${t("pickupCode")}</p>
      <p class="secret digits">${shownOnce.code}</p><p>${t("codeOnce", moment(shownOnce.expiresAt))}</p></div>`}
    ${!shownOnce && mailing.codeMasked && mailing.codeExpiresAt && html`<p class="sub">
      ${t("codeUntil", mailing.codeMasked, moment(mailing.codeExpiresAt))}</p>`}
    <div class="actions">${allowed.map((action) => html`<${Action} key=${action.name}
      action=${action} id=${mailing.mailingID} isBusy=${isBusy} onAct=${act} />`)}</div>
    <${Failure} error=${error} />
  </article>`;
}

function Action({ action: { name, field, label = field }, id, isBusy, onAct }) {
  const [value, setValue] = useState("");
  const style = name === "cancel" ? "second" : "primary";
  if (!field) return html`<button class=${style} disabled=${isBusy} onClick=${() => onAct(name)}>${t(`do.${name}`)}</button>`;
  const submit = (event) => {
    event.preventDefault();
    onAct(name, { [field]: value.trim() });
  };
  return html`<form class="inline" onSubmit=${submit}>
    <label for=${`${field}-${id}`}>${t(label)}</label>
    <div><input id=${`${field}-${id}`} required autocomplete="off" inputmode=${field === "code" ? "numeric" : undefined}
      value=${value} onInput=${(event) => setValue(event.target.value)} />
    <button class=${style} disabled=${isBusy}>${t(`do.${name}`)}</button></div></form>`;
}

/** The six steps in order; one that ended otherwise shows that as its last. */
function Steps({ mailing }) {
  const at = new Map(mailing.steps.map(({ step, at: when }) => [step, when]));
  const isOff = !STEPS.includes(mailing.state);
  const shown = isOff ? [...STEPS.filter((step) => at.has(step)), mailing.state] : STEPS;
  return html`<ol class="steps">${shown.map((step) => {
    const isDone = at.has(step) || STEPS.indexOf(step) <= STEPS.indexOf(mailing.state);
    const mood = step === mailing.state && isOff ? "stop" : isDone ? "go" : "none";
    return html`<li key=${step} class=${isDone ? "done" : ""} aria-current=${step === mailing.state ? "step" : undefined}>
      <span class="dot ${mood}"><${Icon} name=${mood} /></span><span class="grow">${code("step", step)}</span><${Stamp} at=${at.get(step)} /></li>`;
  })}</ol>`;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} Page=${Certificates} />`);
