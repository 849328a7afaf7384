/**
 * Where in the lab we are: the part of the address after `#`, `#/compare/1f3a/77bc?over=SHADOW`.
 *
 *   usePath()        → {view: "compare", parts: ["1f3a", "77bc"], query: URLSearchParams}, anew when it changes
 *   address(view, …) → "#/compare/1f3a/77bc", each part escaped
 *   go(address)      → goes there; `go(address, {replace: true})` without a step for the back button
 */
import { useEffect, useState } from "./vendor/hooks.module.js";

function read() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [view, ...parts] = path.split("/").map(decodeURIComponent);
  return { view, parts: parts.filter(Boolean), query: new URLSearchParams(query ?? "") };
}

export const address = (view, ...parts) => `#/${[view, ...parts].map(encodeURIComponent).join("/")}`;

export function go(where, { replace = false } = {}) {
  if (!replace) location.hash = where;
  else {
    history.replaceState(null, "", where);
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

export function usePath() {
  const [path, setPath] = useState(read);
  useEffect(() => {
    const move = () => setPath(read());
    addEventListener("hashchange", move);
    return () => removeEventListener("hashchange", move);
  }, []);
  return path;
}
