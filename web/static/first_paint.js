// Blocks the first paint, or it flashes in the wrong theme.
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      // Storage may be forbidden.
    }
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => (root.dataset.theme = stored("theme") ?? (dark.matches ? "dark" : "light"));
  paint();
  dark.onchange = paint;
  root.lang = (stored("language") ?? navigator.language).startsWith("zh") ? "zh-CN" : "en";
  // Only a module names them: asked for here, they come sooner.
  const words = document.createElement("link");
  words.rel = "modulepreload";
  words.href = `/static/words/${root.lang.slice(0, 2)}.js`;
  document.head.append(words);
})();
