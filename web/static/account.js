/** Signing in with a key or a one-time code, who is signed in, and the way out. */
import { useState } from "./vendor/hooks.module.js";
import { ask, Refused } from "./live.js";
import { html, Icon, remember, t } from "./shell.js";

/** Exchanges a key or a one-time code for a session cookie. */
export const enter = (secret) =>
  ask("/v1/session", { method: "POST", body: secret.startsWith("dp_") ? { key: secret } : { code: secret } });

export function SignIn({ onSession, refused = null }) {
  const [refusal, setRefusal] = useState(refused);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const secret = new FormData(event.target).get("key").trim();
    if (!secret) return;
    setBusy(true);
    setRefusal(null);
    try {
      onSession(await enter(secret));
    } catch (error) {
      setRefusal(error instanceof Refused && error.status < 500 ? t("keyRefused") : t("unreachable"));
    } finally {
      setBusy(false);
    }
  };
  return html`<main class="column sign-in">
    <h1>${t("signIn")}</h1>
    <p class="quiet">${t("signInLead")}</p>
    <form onSubmit=${submit}>
      <label for="key">${t("key")}</label>
      <input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="off" spellcheck=${false}
        aria-describedby="key-refusal" aria-invalid=${refusal ? "true" : undefined} required />
      <p id="key-refusal" class="refusal" role="alert">${refusal}</p>
      <button class="primary" disabled=${isBusy}>${t("signIn")}</button>
    </form>
  </main>`;
}

/** Who is signed in, the pages for that role, and the way out. */
export function Foot({ session, onSession }) {
  if (!session) return null;
  const out = async () => {
    await ask("/v1/session", { method: "DELETE" }).catch(() => null);
    remember("recent", null);
    onSession(null);
  };
  const desk = { customs: ["/officer", "forCustoms"], terminal: ["/terminal", "forTerminal"], depot: ["/terminal", "forTerminal"] };
  const [address, word] = desk[session.role] ?? [];
  return html`<footer class="foot">
    <p class="quiet"><${Icon} name="person" />${session.partyName ?? session.party}</p>
    <nav aria-label=${t("account")}>
      ${address && html`<a href=${address}>${t(word)}</a>`}
      ${session.role === "customs" && html`<a href="/rules">${t("forRules")}</a>`}
      <a href="/watchlist">${t("watchlist")}</a>
      <a href="/notifications">${t("notifications")}</a>
      <a href="/certificates">${t("certificates")}</a>
      <button class="plain" onClick=${out}>${t("signOut")}</button>
    </nav>
  </footer>`;
}
