/** The service worker: shows what is pushed, and opens what was pressed. It keeps and answers nothing. */
const HOME = "/";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("push", (event) => event.waitUntil(tell(event.data)));

async function tell(data) {
  const { title, body, tag, url, lang, at } = read(data);
  await registration.showNotification(title, {
    body,
    tag,
    renotify: Boolean(tag),
    lang,
    icon: "/static/icon.svg",
    timestamp: at ? Date.parse(at) : Date.now(),
    data: { url: here(url) },
  });
}

/** A browser takes away the right to push from whoever shows nothing: there is always something. */
function read(data) {
  try {
    return { title: "数字口岸 Digital Port", ...data.json() };
  } catch {
    return { title: "数字口岸 Digital Port", body: data?.text() ?? "" };
  }
}

/** Only addresses of ours are opened. */
function here(url) {
  const address = new URL(url ?? HOME, location.origin);
  return address.origin === location.origin ? address.href : location.origin + HOME;
}

addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? HOME));
});

async function open(url) {
  const tabs = await clients.matchAll({ type: "window" });
  const tab = tabs.find((one) => one.url === url) ?? tabs[0];
  if (!tab) return clients.openWindow(url);
  await tab.focus();
  // A page that this worker does not control yet cannot be led: it gets a window of its own.
  return tab.url === url ? tab : tab.navigate(url).catch(() => clients.openWindow(url));
}

/** The browser's push service gave it another address. */
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

async function renew({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options ?? { userVisibleOnly: true };
  const subscription = newSubscription ?? (await registration.pushManager.subscribe(options));
  await fetch("/v1/notifications/push", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ subscription: subscription.toJSON() }),
  });
}
