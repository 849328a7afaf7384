// The live feed's client side without sockets: `node --test`, or through tests/browser/test_screen_logic.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Conversation, isFinal, retryDelay } from "../../web/static/stream.js";

const KEY = "container:CSQU3054383";
const NOTHING = { send: [], tell: [] };
const event = (version, more = {}) => ({ event: { key: KEY, version, eventID: `e${version}`, type: "DISC", data: { version }, ...more } });

function talking({ version = 41, epoch = "a" } = {}) {
  const conversation = new Conversation([KEY]);
  conversation.begin("ticket");
  conversation.hear({ id: 1, connected: {} });
  conversation.hear({ id: 2, subscribed: { key: KEY, epoch, version, recovered: false } });
  conversation.hear({ snapshot: { key: KEY, version, data: {} } });
  return conversation;
}

test("it connects with the ticket, then subscribes to every key", () => {
  const conversation = new Conversation([KEY, "officers"]);
  assert.deepEqual(conversation.begin("t1"), { send: [{ id: 1, connect: { ticket: "t1" } }], tell: [] });
  assert.deepEqual(conversation.hear({ id: 1, connected: { at: "2026-11-21T01:00:00Z" } }), {
    send: [{ id: 2, subscribe: { key: KEY } }, { id: 3, subscribe: { key: "officers" } }],
    tell: [{ kind: "connected", at: "2026-11-21T01:00:00Z" }],
  });
});

test("a snapshot is told, then the events after it", () => {
  const conversation = new Conversation([KEY]);
  conversation.begin("t");
  conversation.hear({ id: 1, connected: {} });
  assert.deepEqual(conversation.hear({ id: 2, subscribed: { key: KEY, epoch: "a", version: 7, recovered: false } }), NOTHING);
  assert.deepEqual(conversation.hear({ snapshot: { key: KEY, version: 7, data: { a: 1 } } }).tell, [
    { kind: "snapshot", key: KEY, version: 7, data: { a: 1 } },
  ]);
  assert.deepEqual(conversation.hear(event(8)).tell, [
    { kind: "event", key: KEY, version: 8, eventID: "e8", type: "DISC", data: { version: 8 } },
  ]);
});

const GAP = { send: [], tell: [{ kind: "gap", key: KEY }] };

for (const [what, frame] of Object.entries({
  "a missing version": event(43),
  "a repeated version": event(41),
  "a snapshot nobody announced": { snapshot: { key: KEY, version: 42, data: {} } },
  "a recovery nobody asked for": { subscribed: { key: KEY, epoch: "a", version: 42, recovered: true } },
  "a heartbeat ahead of what was told": { heartbeat: { versions: { [KEY]: 42 } } },
  "a heartbeat behind what was told": { heartbeat: { versions: { [KEY]: 40 } } },
  "a heartbeat without the key": { heartbeat: { versions: {} } },
}))
  test(`${what} is a gap, and the next connection asks for the key from nothing`, () => {
    const conversation = talking({ version: 41 });
    assert.deepEqual(conversation.hear(frame), GAP);
    conversation.begin("t2");
    assert.deepEqual(conversation.hear({ id: 1, connected: {} }).send, [{ id: 2, subscribe: { key: KEY } }]);
  });

test("a lost snapshot is found missing by the heartbeat", () => {
  const conversation = new Conversation([KEY]);
  conversation.begin("t");
  conversation.hear({ id: 1, connected: {} });
  conversation.hear({ id: 2, subscribed: { key: KEY, epoch: "a", version: 7, recovered: false } });
  assert.deepEqual(conversation.hear({ heartbeat: { versions: { [KEY]: 7 } } }), GAP);
});

test("a key without an answer yet is no gap", () => {
  const conversation = talking({ version: 41 });
  conversation.setKeys([KEY, "officers"]);
  assert.deepEqual(conversation.hear({ heartbeat: { versions: { [KEY]: 41 } } }).send, [{ pong: {} }]);
});

test("the next connection asks from where the last left off", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  conversation.begin("t2");
  assert.deepEqual(conversation.hear({ id: 1, connected: {} }).send, [
    { id: 2, subscribe: { key: KEY, since: { epoch: "a", version: 41 } } },
  ]);
});

test("a recovery from another history, or to before what was told, is not believed", () => {
  for (const told of [{ epoch: "b", version: 43 }, { epoch: "a", version: 40 }]) {
    const conversation = talking({ version: 41, epoch: "a" });
    conversation.begin("t2");
    conversation.hear({ id: 1, connected: {} });
    assert.deepEqual(conversation.hear({ id: 2, subscribed: { key: KEY, recovered: true, ...told } }), GAP);
  }
});

test("keys come and go while the line is open", () => {
  const conversation = talking({ version: 41 });
  assert.deepEqual(conversation.setKeys(["officers"]), {
    send: [{ id: 3, unsubscribe: { key: KEY } }, { id: 4, subscribe: { key: "officers" } }],
    tell: [],
  });
  assert.deepEqual(conversation.hear(event(42)), NOTHING);
  assert.deepEqual(conversation.setKeys(["officers"]), NOTHING);
});

test("keys that change while no line is open are asked for by the next", () => {
  const conversation = new Conversation([KEY]);
  assert.deepEqual(conversation.setKeys([KEY, "officers"]), NOTHING);
  conversation.begin("t");
  assert.deepEqual(conversation.hear({ id: 1, connected: {} }).send.map(({ subscribe }) => subscribe.key), [KEY, "officers"]);
});

test("a recovered subscription goes on from the version it had", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  conversation.hear(event(42));
  conversation.begin("t2");
  conversation.hear({ id: 1, connected: {} });
  conversation.hear({ id: 2, subscribed: { key: KEY, epoch: "a", version: 44, recovered: true } });
  assert.equal(conversation.hear(event(43)).tell.length, 1);
  assert.equal(conversation.hear(event(44)).tell.length, 1);
});

test("one that was not recovered begins with a snapshot", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  conversation.begin("t2");
  conversation.hear({ id: 1, connected: {} });
  conversation.hear({ id: 2, subscribed: { key: KEY, epoch: "b", version: 3, recovered: false } });
  assert.equal(conversation.hear({ snapshot: { key: KEY, version: 3, data: {} } }).tell.length, 1);
  assert.equal(conversation.hear(event(4)).tell.length, 1);
});

test("a new epoch on the same connection starts over", () => {
  const conversation = talking({ version: 0, epoch: "none" });
  conversation.hear({ subscribed: { key: KEY, epoch: "v1", version: 3, recovered: false } });
  assert.deepEqual(conversation.hear({ snapshot: { key: KEY, version: 3, data: { b: 2 } } }).tell, [
    { kind: "snapshot", key: KEY, version: 3, data: { b: 2 } },
  ]);
});

test("what the former connection still answers is not taken for the new one's", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  conversation.begin("t2");
  conversation.hear({ id: 1, connected: {} });
  assert.deepEqual(conversation.hear({ id: 9, subscribed: { key: KEY, epoch: "z", version: 1, recovered: false } }), NOTHING);
  assert.deepEqual(conversation.hear(event(42)), NOTHING);
});

test("a stub counts and shows nothing", () => {
  const conversation = talking({ version: 41 });
  assert.deepEqual(conversation.hear({ event: { key: KEY, version: 42, at: "2026-11-21T01:00:00Z" } }).tell, [
    { kind: "stub", key: KEY, version: 42, at: "2026-11-21T01:00:00Z" },
  ]);
  assert.equal(conversation.hear(event(43)).tell[0].kind, "event");
});

test("a heartbeat is answered", () => {
  assert.deepEqual(talking().hear({ heartbeat: { at: "2026-11-21T01:00:00Z", versions: { [KEY]: 41 } } }), {
    send: [{ pong: {} }],
    tell: [{ kind: "heartbeat", at: "2026-11-21T01:00:00Z" }],
  });
});

test("a key whose right ended is not asked for again", () => {
  const conversation = talking();
  assert.deepEqual(conversation.hear({ unsubscribed: { key: KEY, reason: "RIGHTS_ENDED" } }).tell, [
    { kind: "ended", key: KEY, reason: "RIGHTS_ENDED" },
  ]);
  conversation.begin("t2");
  assert.deepEqual(conversation.hear({ id: 1, connected: {} }).send, []);
});

test("a refused subscription is told as ended", () => {
  const conversation = new Conversation([KEY]);
  conversation.begin("t");
  conversation.hear({ id: 1, connected: {} });
  assert.deepEqual(conversation.hear({ id: 2, error: { reason: "FORBIDDEN" } }).tell, [
    { kind: "ended", key: KEY, reason: "FORBIDDEN" },
  ]);
});

test("a disconnect is final when it says so or its code does", () => {
  const conversation = talking();
  const told = (body) => conversation.hear({ disconnect: body }).tell[0].isFinal;
  assert.equal(told({ code: 4008, reason: "slow", reconnect: true }), false);
  assert.equal(told({ code: 4000, reason: "bye", reconnect: false }), true);
  assert.equal(told({ code: 4503, reason: "gone" }), true);
  assert.deepEqual([1006, 4000, 4401, 4499, 4500, 4999].map(isFinal), [false, false, false, false, true, true]);
});

test("waiting before coming back is jittered from nothing to a doubling limit of 30 s", () => {
  assert.deepEqual([0, 1, 2, 10].map((attempt) => retryDelay(attempt, 1)), [500, 1000, 2000, 30000]);
  assert.equal(retryDelay(5, 0), 0);
});

test("frames that are not known are let pass", () => {
  assert.deepEqual(talking().hear({ weather: "fine" }), NOTHING);
});
