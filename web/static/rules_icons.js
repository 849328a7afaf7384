/** The lab's own icons, drawn like the shell's: `<${Mark} name="undo" />`. */
import { html } from "./shell.js";

const PATHS = {
  undo: "M9 7L4 12l5 5M4 12h10a6 6 0 010 12",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 000 12",
  plus: "M12 5v14M5 12h14",
  bin: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5.5M13.5 11v5.5",
  up: "M6 14l6-6 6 6",
  down: "M6 10l6 6 6-6",
  right: "M10 6l6 6-6 6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  save: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  into: "M12 4v11M7.5 10.5L12 15l4.5-4.5M4.5 19.5h15",
  out: "M12 15V4M7.5 8.5L12 4l4.5 4.5M4.5 19.5h15",
  warn: "M12 4L2.8 20h18.4zM12 10v4.5M12 17.2v.3",
  error: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 7.5v5.5M12 16v.3",
  info: "M12 3.5a8.5 8.5 0 100 17 8.5 8.5 0 000-17zM12 11v5.5M12 7.6v.3",
  check: "M5 12.5l4.6 4.6L19.5 7",
  cross: "M6 6l12 12M18 6L6 18",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  play: "M7 5l12 7-12 7z",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3",
  shadow: "M12 4a8 8 0 100 16 8 8 0 000-16zM12 4v16",
  chart: "M4 20h16M7 16v-5M12 16V6M17 16v-8",
  person: "M12 4a4 4 0 100 8 4 4 0 000-8zM4.5 20.5c.6-4 3.6-6 7.5-6s6.9 2 7.5 6",
  keys: "M3 7h18v11H3zM7 11h.01M11 11h.01M15 11h.01M8 14.5h8",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  back: "M15 5l-7 7 7 7",
  power: "M12 4v8M7 7a7 7 0 1010 0",
};

export const Mark = ({ name }) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
