// Translated texts, which the templates put into data attributes of #strings.
export function text(name, values = {}) {
  const found = document.getElementById("strings")?.dataset[name] ?? "";
  return found.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export const grouped = (number) => number.toLocaleString("en-US");
