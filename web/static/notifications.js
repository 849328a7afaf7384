/** Notifications: which events are told, by which channel, where and when; and what was told. */
import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.module.js";
import { Failure, Gate, Stamp, Tabs, useDoing, usePlace } from "./desk.js";
import { ask } from "./live.js";
import { html, Icon, learn, say, show, t } from "./shell.js";
import { ThisDevice } from "./push.js";

learn({ zh: () => import("./words/watch_zh.js"), en: () => import("./words/watch_en.js") });

const CHANNELS = ["PUSH", "SMS", "EMAIL"];
const DIGESTS = ["NONE", "HOURLY", "DAILY"];
const QUIET = { from: "22:00", to: "07:00", zone: "Asia/Shanghai" };
const PAGE = 50;

function Notifications({ session }) {
  const [tab] = usePlace("settings");
  return html`<main class="column notices">
    <h1 class="page-title">${t("notifications")}</h1>
    <${Tabs} label=${t("notifications")} current=${tab} tabs=${[["settings", "tabSettings"], ["told", "tabTold"]]} />
    ${tab === "told" ? html`<${Told} />` : html`<${Settings} key=${session.party} />`}
    <p class="watch-foot"><a class="plain" href="/watchlist"><${Icon} name="back" />${t("watchlist")}</a></p>
  </main>`;
}

/** The settings as the port has them; `save` puts them whole, one after the other, the latest last. */
function useSettings() {
  const [settings, setSettings] = useState(null);
  const [state, setState] = useState({ error: null, note: "" });
  const saving = useRef(Promise.resolve());
  const refresh = useCallback(() => ask("/v1/notifications/settings").then(setSettings, (error) => setState({ error })), []);
  useEffect(() => void refresh(), []);
  const save = (part) => {
    const next = { ...settings, ...part };
    setSettings(next);
    setState({ note: "saving" });
    const { choices, quietHours, digest, language } = next;
    saving.current = saving.current.then(() =>
      ask("/v1/notifications/settings", { method: "PUT", body: { choices, quietHours, digest, language } }).then(
        () => setState({ note: "saved" }),
        (error) => (setState({ error }), refresh()),
      ),
    );
  };
  return { settings, save, refresh, ...state };
}

function Settings() {
  const { settings, save, refresh, error, note } = useSettings();
  if (!settings) return html`<${Failure} error=${error} />${!error && html`<p class="quiet waiting" role="status">${t("loading")}</p>`}`;
  const channels = Object.fromEntries(settings.channels.map((one) => [one.channel, one]));
  return html`
    <p class="save-note sub" role="status">${note && t(note)}</p>
    <${Failure} error=${error} />
    <section class="card"><h2>${t("thisDevice")}</h2><${ThisDevice} onChange=${refresh} /></section>
    <section class="card"><h2>${t("addresses")}</h2>
      ${["SMS", "EMAIL"].map((channel) => html`<${Address} key=${channel} ...${channels[channel]} channel=${channel} onChange=${refresh} />`)}</section>
    <section class="card"><h2>${t("whatToTell")}</h2><p class="sub">${t("whatToTellLead")} ${t("urgentLead")}</p>
      <${Grid} settings=${settings} channels=${channels} onChange=${(choices) => save({ choices })} /></section>
    <section class="card"><h2>${t("quietHours")}</h2><${Quiet} hours=${settings.quietHours} onChange=${(quietHours) => save({ quietHours })} /></section>
    <section class="card"><${Choice} name="digest" title=${t("digest")} values=${DIGESTS} current=${settings.digest.EMAIL}
      onChange=${(EMAIL) => save({ digest: { EMAIL } })} /></section>
    <section class="card"><${Choice} name="in" title=${t("toldIn")} values=${["zh", "en"]} current=${settings.language}
      onChange=${(language) => save({ language })} /></section>`;
}

/** A telephone or a mailbox: none, waiting for its code, verified, or turned off by failures. */
function Address({ channel, address, state, onChange }) {
  const { run, isBusy, error } = useDoing();
  const [note, setNote] = useState("");
  const act = (path, method, body, said = "") =>
    run(async () => {
      await ask(`/v1/notifications/${path}`, { method, body });
      setNote(said);
      await onChange();
    });
  const submit = (path, field) => (event) => {
    event.preventDefault();
    act(path, "POST", { channel, [field]: new FormData(event.target).get(field).trim() });
  };
  const remove = () => act(`addresses/${channel}`, "DELETE");
  const isNone = !address;
  return html`<div class="address">
    ${isNone && html`<form class="inline" onSubmit=${submit("addresses", "address")}>
      <label for=${`to-${channel}`}>${t(`address.${channel}`)}</label>
      <div><input id=${`to-${channel}`} name="address" required type=${channel === "SMS" ? "tel" : "email"}
        autocomplete=${channel === "SMS" ? "tel" : "email"} placeholder=${channel === "SMS" ? "13800000000" : "name@example.com"} />
      <button class="primary" disabled=${isBusy}>${t("sendCode")}</button></div></form>`}
    ${state === "PENDING" && html`<form class="inline" onSubmit=${submit("addresses/verify", "code")}>
      <label for=${`code-${channel}`}>${t("theCode")} <span class="sub">${t("codeSentTo", address)}</span></label>
      <div><input id=${`code-${channel}`} name="code" required inputmode="numeric" autocomplete="one-time-code" />
      <button class="primary" disabled=${isBusy}>${t("confirmCode")}</button></div>
      <button type="button" class="plain" onClick=${remove}>${t("otherAddress")}</button></form>`}
    ${!isNone && state !== "PENDING" && html`<p class="known"><span class="dot ${state === "VERIFIED" ? "go" : "look"}"><${Icon} name=${state === "VERIFIED" ? "go" : "look"} /></span>
      <span class="grow"><b>${address}</b><span class="sub">${t(`channel.${channel}`)}</span></span>
      ${state === "VERIFIED" && html`<button class="plain" disabled=${isBusy} onClick=${() => act("test", "POST", { channel }, "tried")}>${t("tryIt")}</button>`}
      <button class="plain" disabled=${isBusy} onClick=${remove}>${t("removeAddress")}</button></p>
      ${state === "OFF" && html`<p class="sub">${t("addressOff")}</p>`}`}
    <p class="sub" role="status">${note && t(note)}</p>
    <${Failure} error=${error} />
  </div>`;
}

/** Every event by every channel. */
function Grid({ settings: { types, choices }, channels, onChange }) {
  const turn = (type, channel) => {
    const told = choices[type] ?? [];
    const next = told.includes(channel) ? told.filter((one) => one !== channel) : [...told, channel];
    onChange({ ...choices, [type]: CHANNELS.filter((one) => next.includes(one)) });
  };
  return html`<table class="grid">
    <thead><tr><th scope="col">${t("theEvent")}</th>${CHANNELS.map((channel) => html`<th scope="col" key=${channel}>${t(`channel.${channel}`)}
      ${channels[channel].state !== "VERIFIED" && html`<small class="sub">${t("notSetUp")}</small>`}</th>`)}</tr></thead>
    <tbody>${types.map((one) => html`<tr key=${one.type}><th scope="row">${say(one)}${one.isUrgent && html` <span class="tag">${t("urgent")}</span>`}</th>
      ${CHANNELS.map((channel) => html`<td key=${channel}><input type="checkbox" checked=${(choices[one.type] ?? []).includes(channel)}
        aria-label=${`${say(one)}: ${t(`channel.${channel}`)}`} onChange=${() => turn(one.type, channel)} /></td>`)}</tr>`)}</tbody>
  </table>`;
}

function Quiet({ hours, onChange }) {
  const shown = hours ?? QUIET;
  const time = (name, word) => html`<label>${t(word)}<input type="time" value=${shown[name]} required
    onChange=${({ target }) => target.value && onChange({ ...shown, [name]: target.value })} /></label>`;
  return html`<label class="switch"><input type="checkbox" checked=${Boolean(hours)} onChange=${() => onChange(hours ? null : QUIET)} />${t("quietOn")}</label>
    ${hours && html`<div class="times">${time("from", "quietFrom")}${time("to", "quietTo")}</div><p class="sub">${t("quietZone", shown.zone)}</p>`}`;
}

const Choice = ({ name, title, values, current, onChange }) => html`<fieldset class="routes"><legend>${title}</legend>
  ${values.map((value) => html`<label key=${value} lang=${name === "in" ? value : undefined}><input type="radio" name=${name} value=${value}
    checked=${value === current} onChange=${() => onChange(value)} />${t(`${name}.${value}`)}</label>`)}</fieldset>`;

/** What was told, the latest first, and how that went. */
function Told() {
  const [answer, setAnswer] = useState(null);
  const { run, isBusy, error } = useDoing();
  const more = (after) =>
    run(async () => {
      const next = await ask(`/v1/notifications?limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
      setAnswer((former) => ({ items: [...((after && former?.items) || []), ...next.items], next: next.next }));
    });
  useEffect(() => void more(null), []);
  return html`<${Failure} error=${error} />
    ${!answer && !error && html`<p class="quiet waiting" role="status">${t("loading")}</p>`}
    ${answer?.items.length === 0 && html`<section class="card empty"><h2>${t("nothingTold")}</h2><p class="quiet">${t("nothingToldLead")}</p></section>`}
    ${answer?.items.length > 0 && html`<ul class="rows told">${answer.items.map((one) => html`<${Notice} key=${`${one.at} ${one.type} ${one.equipmentReference}`} notice=${one} />`)}</ul>`}
    ${answer?.next && html`<button class="second" disabled=${isBusy} onClick=${() => more(answer.next)}>${t("more")}</button>`}`;
}

function Notice({ notice: { at, equipmentReference: number, text, channels } }) {
  const sent = channels.map(({ channel, state }) => `${t(`channel.${channel}`)} ${t(`sent.${state}`)}`).join(" · ");
  const words = html`<span class="grow"><b>${say(text)}</b><span class="sub">${sent || t("toldHere")}</span></span>
    <${Stamp} at=${at} />`;
  return html`<li>${number ? html`<a href=${`/#/c/${number}`}>${words}</a>` : html`<div>${words}</div>`}</li>`;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} Page=${Notifications} />`);
