/** What was sent to the port: what was refused, where in the message, why, and what to do about it. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure, Stamp } from "./desk.js";
import { ask } from "./live.js";
import { code, html, Icon, say, t } from "./shell.js";

const MESSAGE_TONES = { TAKEN: "go", TAKING: "look", PARTLY_REFUSED: "look", REFUSED: "stop" };

export function MessageList({ messages, tab, chosen }) {
  if (!messages) return html`<p class="quiet">${t("loading")}</p>`;
  if (!messages.length) return html`<p class="quiet nothing">${t("nothingHere")}</p>`;
  return html`<ul class="rows">${messages.map((message) => html`<li key=${message.receiptID}>
    <a href=${`#/${tab}/${message.receiptID}`} aria-current=${message.receiptID === chosen ? "true" : undefined}>
      <span class="dot ${MESSAGE_TONES[message.state]}"><${Icon} name=${MESSAGE_TONES[message.state] ?? "none"} /></span>
      <span class="grow"><b>${message.sender} · ${message.format}</b><span class="sub">${code("messageState", message.state)}
        ${message.rejected > 0 && ` · ${t("itemsRefused", message.rejected, message.items)}`}</span></span>
      <${Stamp} at=${message.receivedAt} />
    </a></li>`)}</ul>`;
}

export function MessageDetail({ message }) {
  const [whole, setWhole] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    setWhole(null);
    setError(null);
  }, [message.receiptID]);
  const open = () => ask(`/v1/messages/${encodeURIComponent(message.receiptID)}`).then(setWhole, setError);
  return html`<section class="card">
    <h2>${message.sender} · ${message.format}</h2>
    <p class="sub">${code("messageState", message.state)} · <${Stamp} at=${message.receivedAt} />
      ${` · ${t("receipt")} `}<code>${message.receiptID}</code></p>
    ${(message.errors ?? []).map((found) => html`<div class="error" key=${found.item}>
      <p><b>${t("item", found.item)}</b> <code>${found.reason}</code>${" "}
        <span class="quiet">${[found.path, found.where].filter(Boolean).join(" · ")}</span></p>
      <p>${say(found.message)}</p>
      ${found.fix && html`<p><b>${t("whatToDo")}</b> ${say(found.fix)}</p>`}
    </div>`)}
    ${!whole && html`<button class="second" onClick=${open}>${t("rawMessage")}</button>`}
    <${Failure} error=${error} />
    ${whole && html`<${Raw} whole=${whole} />`}
  </section>`;
}

/** The message's own bytes. What is not UTF-8 comes as base64 and is most often a Chinese customs receipt. */
function Raw({ whole }) {
  const isText = whole.rawEncoding === "utf-8";
  const text = isText ? whole.raw : new TextDecoder("gb18030").decode(Uint8Array.from(atob(whole.raw), (char) => char.charCodeAt(0)));
  return html`<p class="sub">${t("rawAs", isText ? "UTF-8" : "GB 18030")}</p><pre class="raw" tabindex="0">${text}</pre>`;
}
