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

test("a repeat is told once", () => {
  const conversation = talking({ version: 41 });
  assert.deepEqual(conversation.hear(event(41)), NOTHING);
  assert.equal(conversation.hear(event(42)).tell.length, 1);
  assert.deepEqual(conversation.hear(event(42)), NOTHING);
});

test("a missing version tells a gap, and the next connection asks from before it", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  assert.deepEqual(conversation.hear(event(43)), { send: [], tell: [{ kind: "gap", key: KEY }] });
  conversation.begin("t2");
  assert.deepEqual(conversation.hear({ id: 1, connected: {} }).send, [
    { id: 2, subscribe: { key: KEY, since: { epoch: "a", version: 41 } } },
  ]);
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

test("one that was not recovered waits for the snapshot before it believes events", () => {
  const conversation = talking({ version: 41, epoch: "a" });
  conversation.begin("t2");
  conversation.hear({ id: 1, connected: {} });
  conversation.hear({ id: 2, subscribed: { key: KEY, epoch: "b", version: 3, recovered: false } });
  assert.deepEqual(conversation.hear(event(42)), NOTHING);
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
  assert.deepEqual(talking().hear({ heartbeat: { at: "2026-11-21T01:00:00Z" } }), {
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
  assert.deepEqual(conversation.hear({ id: 2, error: { code: 4003, reason: "FORBIDDEN" } }).tell, [
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
