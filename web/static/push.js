/** Push on this very device: asked for, given to the port, taken back, tried. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure, useDoing } from "./desk.js";
import { ask } from "./live.js";
import { html, Icon, t } from "./shell.js";

const isSupported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const bytes = (base64url) => Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

async function worker() {
  await navigator.serviceWorker.register("/sw.js");
  return navigator.serviceWorker.ready;
}

const tell = (method, subscription) => ask("/v1/notifications/push", { method, body: { subscription: subscription.toJSON() } });

async function subscribe() {
  const { pushManager } = await worker();
  const { publicKey } = await ask("/v1/notifications/push-key");
  const options = { userVisibleOnly: true, applicationServerKey: bytes(publicKey) };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // Subscribed under another key, of a port that was here before.
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe();
    return pushManager.subscribe(options);
  }
}

/** The device's own subscription, none, or why there can be none: `{state: ON | OFF | DENIED | UNSUPPORTED}`. */
async function look() {
  if (!isSupported) return "UNSUPPORTED";
  if (Notification.permission === "denied") return "DENIED";
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = Notification.permission === "granted" && (await registration?.pushManager.getSubscription());
  // Said again it changes nothing; whoever signed in here since then is told from now on.
  if (subscription) await tell("POST", subscription);
  return subscription ? "ON" : "OFF";
}

export function ThisDevice({ onChange }) {
  const [state, setState] = useState(null);
  const [note, setNote] = useState("");
  const { run, isBusy, error } = useDoing();
  useEffect(() => void look().then(setState, () => setState("OFF")), []);
  const enable = () =>
    run(async () => {
      setNote("");
      if ((await Notification.requestPermission()) !== "granted") return setState(Notification.permission === "denied" ? "DENIED" : "OFF");
      const subscription = await subscribe().catch((failure) => (failure instanceof DOMException ? null : Promise.reject(failure)));
      if (!subscription) return setNote("pushFailed");
      await tell("POST", subscription);
      setState("ON");
      await onChange();
    });
  const disable = () =>
    run(async () => {
      setNote("");
      const subscription = await (await worker()).pushManager.getSubscription();
      if (subscription) await tell("DELETE", subscription);
      await subscription?.unsubscribe();
      setState("OFF");
      await onChange();
    });
  const test = () => run(async () => (await ask("/v1/notifications/test", { method: "POST", body: { channel: "PUSH" } }), setNote("tried")));
  if (state === null) return html`<p class="quiet">${t("loading")}</p>`;
  const word = { ON: "pushOn", OFF: "pushOff", DENIED: "pushDenied", UNSUPPORTED: "pushUnsupported" }[state];
  return html`<p class="known"><span class="dot ${state === "ON" ? "go" : "none"}"><${Icon} name=${state === "ON" ? "go" : "none"} /></span><span class="grow">${t(word)}</span></p>
    <div class="actions">
      ${state === "OFF" && html`<button class="primary" disabled=${isBusy} onClick=${enable}>${t("pushEnable")}</button>`}
      ${state === "ON" && html`<button class="second" disabled=${isBusy} onClick=${test}>${t("tryIt")}</button>
        <button class="plain" disabled=${isBusy} onClick=${disable}>${t("pushDisable")}</button>`}
    </div>
    <p class="sub" role="status">${note && t(note)}</p><${Failure} error=${error} />`;
}
