/**
 * What the lab asks of the port, and how it waits.
 *
 *   call(path, {method, body, type, signal}) → the JSON answer; throws `Refused` (live.js) with its problem+json.
 *       `body` is sent as JSON, or as it is when it is a Blob; a refusal's `problems` list the cells that are wrong.
 *   problemsOf(error)           → [{row, column, cell, message}], [] when it tells of no cells
 *   useAnswer(path)             → {answer, error, isBusy, reload}; path null asks nothing
 *   useChecked(body, path)      → {answer, asked, error, isBusy}: asked anew as `body` changes, once typing pauses; a stale
 *                                 question is cancelled, and the last answer stays until the next one is there; `asked` is what it answers
 *   useJob(jobID)               → {job, error, cancel}: asked again until it has ended
 *   useDoing                    → (desk.js) runs one thing at a time: {run, isBusy, error}
 *   save(name, text, type)      → hands a file to the officer; `choose(accept)` → the File she picked, or null
 */
import { useCallback, useEffect, useRef, useState } from "./vendor/hooks.module.js";
import { Refused } from "./live.js";

export { Refused };

const PATIENCE_MS = 30_000;
const TYPING_MS = 350;
const JOB_MS = 1_000;

export const FINAL = new Set(["DONE", "FAILED", "CANCELLED"]);

export async function call(path, { method, body, type, signal, patience = PATIENCE_MS } = {}) {
  const isFile = body instanceof Blob;
  const kind = type ?? (isFile ? body.type || "application/octet-stream" : "application/json");
  const response = await fetch(path, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    cache: "no-store",
    signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : AbortSignal.timeout(patience),
    headers: body === undefined ? undefined : { "content-type": kind },
    body: body === undefined || isFile ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text ? parse(text) : null;
  if (!response.ok) throw new Refused(response.status, answer ?? {});
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) };
  }
}

export const problemsOf = (error) => (error instanceof Refused ? (error.problem.problems ?? []) : []);

const isStale = (error) => error?.name === "AbortError";

export function useAnswer(path) {
  const [state, setState] = useState({ answer: undefined, error: null, isBusy: false });
  const [turn, setTurn] = useState(0);
  const asked = useRef(null);
  useEffect(() => {
    if (path === null) return setState({ answer: undefined, error: null, isBusy: false });
    const stale = new AbortController();
    // An answer to another question is no answer to this one.
    setState((old) => ({ answer: asked.current === path ? old.answer : undefined, error: null, isBusy: true }));
    asked.current = path;
    call(path, { signal: stale.signal }).then(
      (answer) => setState({ answer, error: null, isBusy: false }),
      (error) => isStale(error) || setState((old) => ({ ...old, error, isBusy: false })),
    );
    return () => stale.abort();
  }, [path, turn]);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  return { ...state, reload };
}

export function useChecked(body, path) {
  const [state, setState] = useState({ answer: null, error: null, isBusy: false });
  useEffect(() => {
    if (!body) return undefined;
    const stale = new AbortController();
    setState((old) => ({ ...old, isBusy: true }));
    const soon = setTimeout(() => {
      call(path, { body, signal: stale.signal }).then(
        (answer) => setState({ answer, asked: body, error: null, isBusy: false }),
        (error) => isStale(error) || setState((old) => ({ ...old, error, isBusy: false })),
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(soon);
      stale.abort();
    };
  }, [body, path]);
  return state;
}

export function useJob(jobID) {
  const [state, setState] = useState({ job: null, error: null });
  useEffect(() => {
    if (!jobID) return setState({ job: null, error: null });
    const stale = new AbortController();
    let soon = 0;
    const look = async () => {
      try {
        const job = await call(`/v1/jobs/${encodeURIComponent(jobID)}`, { signal: stale.signal });
        setState({ job, error: null });
        if (!FINAL.has(job.state)) soon = setTimeout(look, JOB_MS);
      } catch (error) {
        if (isStale(error)) return;
        setState((old) => ({ ...old, error }));
        soon = setTimeout(look, 5 * JOB_MS);
      }
    };
    look();
    return () => {
      clearTimeout(soon);
      stale.abort();
    };
  }, [jobID]);
  const cancel = useCallback(() => call(`/v1/jobs/${encodeURIComponent(jobID)}`, { method: "DELETE" }), [jobID]);
  return { ...state, cancel };
}

export function save(name, text, type = "application/json") {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(text instanceof Blob ? text : new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const choose = (accept) =>
  new Promise((resolve) => {
    const input = Object.assign(document.createElement("input"), { type: "file", accept });
    input.onchange = () => resolve(input.files[0] ?? null);
    input.oncancel = () => resolve(null);
    input.click();
  });
