/** The terminal's desk: instructions to acknowledge and execute, what was sent and what of it was refused. */
import { useState } from "./vendor/hooks.module.js";
import { Failure, Gate, RouteWord, Stamp, Tabs, useAnswers, useDoing, usePlace } from "./desk.js";
import { MessageDetail, MessageList } from "./messages.js";
import { ask } from "./live.js";
import { code, html, Icon, show, spaced, t } from "./shell.js";

const PATHS = {
  issued: "/v1/instructions?state=ISSUED&limit=1000",
  acknowledged: "/v1/instructions?state=ACKNOWLEDGED&limit=1000",
  ended: "/v1/instructions?state=ended",
  refused: "/v1/messages?state=rejected",
  messages: "/v1/messages?state=all",
};
const ENDED = new Set(["EXECUTED", "CANCELLED", "EXPIRED"]);

function Terminal({ session }) {
  const [tab, id] = usePlace("todo");
  // A hub for many facilities has no key of its own on the feed; its lists are asked for now and then.
  const keys = session.facilities.filter((facility) => facility !== "*").map((facility) => `instructions:${facility}`);
  const { answers, failure, refresh } = useAnswers(PATHS, keys);
  const todo = answers.issued && [...answers.issued.instructions, ...answers.acknowledged.instructions];
  const recent = answers.ended?.instructions.filter(({ state }) => ENDED.has(state));
  const sent = { refused: answers.refused?.messages, messages: answers.messages?.messages };
  const message = id && sent[tab]?.find(({ receiptID }) => receiptID === id);
  const lists = { todo, recent };
  const tabs = [
    ["todo", "deskToDo", todo?.length],
    ["recent", "deskRecent"],
    ["refused", "deskRefused", sent.refused?.length],
    ["messages", "deskMessages"],
  ];
  return html`<main class="desk">
    <h1>${t("forTerminal")} <small>${session.facilities.join(" ")}</small></h1>
    <${Tabs} label=${t("forTerminal")} current=${tab} tabs=${tabs} />
    <${Failure} error=${failure} />
    ${tab in lists && html`<${Instructions} key=${tab} instructions=${lists[tab]} onDone=${refresh} />`}
    ${tab in sent && html`<div class="split ${id ? "is-open" : ""}">
      <div class="list-side"><${MessageList} messages=${sent[tab]} tab=${tab} chosen=${id} /></div>
      <div class="detail-side">
        ${id && html`<a class="plain to-list" href=${`#/${tab}`}><${Icon} name="back" />${t("back")}</a>`}
        ${message ? html`<${MessageDetail} message=${message} />` : html`<p class="quiet choose">${t("chooseOne")}</p>`}</div>
    </div>`}
  </main>`;
}

function Instructions({ instructions, onDone }) {
  const [refusal, setRefusal] = useState(null); // Kept here: the instruction it is about may have left the list.
  if (!instructions) return html`<p class="quiet">${t("loading")}</p>`;
  if (!instructions.length) return html`<p class="quiet nothing">${t("nothingHere")}</p>`;
  return html`<${Failure} error=${refusal} />
    <ul class="rows wide">${instructions.map((instruction) => html`<${Instruction} key=${instruction.instructionID}
      instruction=${instruction} onDone=${onDone} onRefused=${setRefusal} />`)}</ul>`;
}

function Instruction({ instruction, onDone, onRefused }) {
  const { run, isBusy } = useDoing();
  const { instructionID, equipmentReference, route, point, place, reason, state, issuedAt, why } = instruction;
  const next = { ISSUED: "acknowledge", ACKNOWLEDGED: "execute" }[state];
  const tell = (step) =>
    run(async () => {
      const path = `/v1/instructions/${encodeURIComponent(instructionID)}/${step}`;
      await ask(path, { method: "POST" }).then(() => onRefused(null), onRefused);
      await onDone(); // After a refusal too: the list is not what it was.
    });
  return html`<li><div class="instruction">
    <span class="grow"><b class="digits">${spaced(equipmentReference)}</b>
      <span class="sub">${code("point", point)} · ${code("reason", reason)} · ${t("issued")} <${Stamp} at=${issuedAt} /></span></span>
    <span class="where"><${RouteWord} route=${route} point=${point} /><b>${place}</b></span>
    <span class="doing">
      ${next && html`<button class="primary" disabled=${isBusy} onClick=${() => tell(next)}>${t(next)}</button>`}
      ${ENDED.has(state) && html`<span class="quiet">${code("state", state)}${why && ` · ${code("reason", why)}`}</span>`}
    </span>
  </div></li>`;
}

show(({ redraw }) => html`<${Gate} redraw=${redraw} roles=${["terminal", "depot"]} Page=${Terminal} />`);
