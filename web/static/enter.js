/** `/enter#CODE`: a link with a one-time code (or a key) signs in and goes to the page of the role. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Refused } from "./live.js";
import { Bar, Brand, html, learn, show, t } from "./shell.js";
import { enter, SignIn } from "./account.js";

learn({ zh: () => import("./words/search_zh.js"), en: () => import("./words/search_en.js") });

const HOMES = { customs: "/officer", terminal: "/terminal", depot: "/terminal", courier: "/certificates" };
const goHome = (session) => location.replace(HOMES[session.role] ?? "/");

// Read once, then out of the address: it must not stay in the history or be copied along.
const secret = decodeURIComponent(location.hash.slice(1));
history.replaceState(null, "", location.pathname);

function Enter({ redraw }) {
  const [refusal, setRefusal] = useState(null);
  useEffect(() => {
    const refuse = (error) => setRefusal(error instanceof Refused && error.status < 500 ? "keyRefused" : "unreachable");
    if (secret) enter(secret).then(goHome, refuse);
  }, []);
  const isWaiting = secret && !refusal;
  return html`<${Bar} onChange=${redraw}><${Brand} /><//>
    ${isWaiting
      ? html`<main class="column"><h1 class="waiting" role="status">${t("loading")}</h1></main>`
      : html`<${SignIn} onSession=${goHome} refused=${refusal && t(refusal)} />`}`;
}

show(Enter);
