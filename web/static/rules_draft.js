/**
 * What an officer is working on: a table and its test cases, every step of it undoable, kept in this browser until saved.
 *
 *   useDraft(key, stored) → {ruleset, tests, change, undo, redo, canUndo, canRedo, isDirty, foundAt, settle, discard}
 *
 * `stored` is {ruleset, tests, basedOn} as the port has it, undefined while that is on its way; `key` names it in this
 * browser.  `change({ruleset, tests}, tag)` makes a step; steps in a row with one tag (typing) count as one.  `foundAt`
 * is when unsaved work was last touched that a reload brought back; `settle` says that the port has it now.
 */
import { useCallback, useEffect, useState } from "./vendor/hooks.module.js";
import { remember } from "./shell.js";
import { tidy } from "./rules_table.js";

const PREFIX = "rules:draft:";
const DEPTH = 300;
const TYPING_MS = 1_500;

/** The unsaved work of this browser under `key`, or null. */
export function kept(key) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + key));
    return found?.ruleset?.rows ? found : null;
  } catch {
    return null;
  }
}

/** The keys of all unsaved work in this browser. */
export function keptKeys() {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  } catch {
    return [];
  }
}

export const forget = (key) => remember(PREFIX + key, null);

export const keep = (key, work) => remember(PREFIX + key, JSON.stringify({ ...work, at: new Date().toISOString() }));

const fresh = (saved, present, foundAt) => ({ saved, present, past: [], future: [], tag: null, at: 0, foundAt });

function begin(key, stored) {
  const saved = { ruleset: tidy(stored.ruleset), tests: stored.tests ?? [] };
  const work = kept(key);
  if (!work) return fresh(saved, saved, null);
  return fresh(saved, { ruleset: tidy(work.ruleset), tests: work.tests ?? [] }, work.at);
}

function step(state, part, tag) {
  const present = { ...state.present, ...part };
  if (present.ruleset === state.present.ruleset && present.tests === state.present.tests) return state;
  const isSame = tag && tag === state.tag && Date.now() - state.at < TYPING_MS;
  const past = isSame ? state.past : [...state.past.slice(-DEPTH), state.present];
  return { ...state, present, past, future: [], tag, at: Date.now() };
}

const back = (state) =>
  state.past.length
    ? { ...state, present: state.past.at(-1), past: state.past.slice(0, -1), future: [state.present, ...state.future], tag: null }
    : state;

const forth = (state) =>
  state.future.length
    ? { ...state, present: state.future[0], past: [...state.past, state.present], future: state.future.slice(1), tag: null }
    : state;

export function useDraft(key, stored) {
  const [state, setState] = useState(null);
  const identity = stored ? key : null;
  useEffect(() => setState(stored ? begin(key, stored) : null), [identity]);
  const isDirty = Boolean(state) && state.present !== state.saved;
  useEffect(() => {
    if (!state) return;
    if (isDirty) keep(key, { ...state.present, basedOn: stored?.basedOn ?? null });
    else forget(key);
  }, [state?.present, isDirty]);
  const change = useCallback((part, tag = null) => setState((old) => step(old, typeof part === "function" ? part(old.present) : part, tag)), []);
  return {
    isReady: Boolean(state),
    ruleset: state?.present.ruleset,
    tests: state?.present.tests,
    saved: state?.saved,
    change,
    undo: useCallback(() => setState((old) => old && back(old)), []),
    redo: useCallback(() => setState((old) => old && forth(old)), []),
    canUndo: Boolean(state?.past.length),
    canRedo: Boolean(state?.future.length),
    isDirty,
    foundAt: state?.foundAt ?? null,
    settle: useCallback(() => setState((old) => old && { ...old, saved: old.present, foundAt: null }), []),
    discard: useCallback(() => setState((old) => old && { ...step(old, old.saved, null), present: old.saved, foundAt: null }), []),
  };
}
