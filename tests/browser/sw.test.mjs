// The service worker without a browser: what it shows when something is pushed, and what it opens when that is pressed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../web/static/sw.js", import.meta.url), "utf8");
const HERE = "https://port.example";

/** A worker at work: `fire` is an event, and what it waited for. */
function worker({ tabs = [], subscribe } = {}) {
  const heard = {};
  const done = { shown: [], opened: [], focused: [], led: [], sent: [] };
  const windows = tabs.map(({ url, isDeaf }) => ({
    url,
    focus: async () => done.focused.push(url),
    navigate: async (to) => (isDeaf ? Promise.reject(new TypeError("not controlled")) : done.led.push(to)),
  }));
  vm.runInNewContext(SOURCE, {
    URL,
    Date,
    location: { origin: HERE },
    addEventListener: (name, listener) => (heard[name] = listener),
    registration: {
      showNotification: async (title, options) => done.shown.push({ title, ...options }),
      pushManager: { subscribe },
    },
    clients: { matchAll: async () => windows, openWindow: async (url) => done.opened.push(url), claim: async () => {} },
    fetch: async (path, { method, body }) => done.sent.push({ path, method, ...JSON.parse(body) }),
  });
  const fire = async (name, event) => {
    let waited;
    heard[name]({ ...event, waitUntil: (promise) => (waited = promise) });
    await waited;
    return JSON.parse(JSON.stringify(done));
  };
  return fire;
}

const pushed = (text) => ({ data: { json: () => JSON.parse(text), text: () => text } });
const TOLD = { title: "可以提箱", body: "CSQU3054383", tag: "t", url: "/#/c/CSQU3054383", lang: "zh", at: "2026-11-21T04:00:00Z" };

test("what is pushed is shown in its language, and replaces what it renews", async () => {
  const { shown } = await worker()("push", pushed(JSON.stringify(TOLD)));
  assert.deepEqual(shown, [{
    title: "可以提箱", body: "CSQU3054383", tag: "t", renotify: true, lang: "zh", icon: "/static/icon.svg",
    timestamp: 1795233600000, data: { url: `${HERE}/#/c/CSQU3054383` },
  }]);
});

for (const [what, data] of [["something unreadable", pushed("not json")], ["nothing", { data: null }]])
  test(`${what} that is pushed shows something all the same`, async () => {
    const { shown } = await worker()("push", data);
    assert.deepEqual([shown.length, shown[0].title], [1, "数字口岸 Digital Port"]);
  });

test("no address of another site is opened", async () => {
  const { shown } = await worker()("push", pushed(JSON.stringify({ ...TOLD, url: "https://evil.example/x" })));
  assert.deepEqual(shown[0].data, { url: `${HERE}/` });
});

const pressed = { notification: { close: () => {}, data: { url: `${HERE}/#/c/CSQU3054383` } } };

test("what is pressed opens a window, or leads the one that is open", async () => {
  const url = pressed.notification.data.url;
  assert.deepEqual((await worker()("notificationclick", pressed)).opened, [url]);
  const led = await worker({ tabs: [{ url: `${HERE}/` }] })("notificationclick", pressed);
  assert.deepEqual([led.focused, led.led, led.opened], [[`${HERE}/`], [url], []]);
  const same = await worker({ tabs: [{ url: `${HERE}/` }, { url }] })("notificationclick", pressed);
  assert.deepEqual([same.focused, same.led, same.opened], [[url], [], []]);
  const deaf = await worker({ tabs: [{ url: `${HERE}/`, isDeaf: true }] })("notificationclick", pressed);
  assert.deepEqual(deaf.opened, [url]);
});

test("another address given by the push service is told to the port", async () => {
  const subscribe = async (options) => ({ toJSON: () => ({ endpoint: "https://push.example/2", options }) });
  const old = { oldSubscription: { options: { userVisibleOnly: true, applicationServerKey: "k" } } };
  const { sent } = await worker({ subscribe })("pushsubscriptionchange", old);
  assert.deepEqual(sent, [{
    path: "/v1/notifications/push", method: "POST",
    subscription: { endpoint: "https://push.example/2", options: { userVisibleOnly: true, applicationServerKey: "k" } },
  }]);
});
